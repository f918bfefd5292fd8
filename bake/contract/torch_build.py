"""Which build of PyTorch suits a machine, and what getting it costs. Standard library alone."""

from __future__ import annotations

import ctypes
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_INDEX = "https://download.pytorch.org/whl/"
_OLDEST_CUDA = (12, 0)
_DRIVERS = {"Linux": "libcuda.so.1", "Windows": "nvcuda.dll"}
_LOADED = Path("/proc/driver/nvidia/version")


@dataclass(frozen=True)
class TorchBuild:
    """A build of PyTorch together with all else that the worker needs.

    `index` is the package index that has it, "" for pip's own choice. `download_gb` is what is downloaded, `disk_gb`
    the room taken while it is being installed, both in 10^9 bytes, measured once and rounded up.
    """

    name: str
    label: str
    index: str
    download_gb: float
    disk_gb: float


CPU = TorchBuild("cpu", "PyTorch for the CPU", _INDEX + "cpu", 0.5, 2.2)
"""On Linux, where pip's own choice is a build for NVIDIA."""
CPU_OWN = TorchBuild("cpu-pypi", "PyTorch for the CPU", "", 0.5, 2.2)
"""On Windows and macOS."""
CUDA = TorchBuild("cuda", "PyTorch for NVIDIA GPUs", "", 3.2, 10.0)
"""On Linux with a driver for CUDA 13."""
CUDA_12 = TorchBuild("cuda12", "PyTorch for NVIDIA GPUs (CUDA 12)", _INDEX + "cu128", 3.6, 10.0)
"""On Windows, and on Linux with a driver for CUDA 12."""
BUILDS = {build.name: build for build in (CPU, CPU_OWN, CUDA, CUDA_12)}


def choose_build(system: str, driver: tuple[int, int] | None) -> tuple[TorchBuild, str]:
    """The build for an operating system, as `platform.system` names it, and why.

    Parameters
    ----------
    driver : tuple of int or None
        The newest CUDA that the NVIDIA driver serves; None where there is no driver.
    """
    without = CPU if system == "Linux" else CPU_OWN
    if system not in _DRIVERS:
        return without, f"GPUs of {'a Mac' if system == 'Darwin' else system} are not used"
    if driver is None:
        return without, "no NVIDIA driver found"
    known = f"the NVIDIA driver serves CUDA {driver[0]}.{driver[1]}"
    if driver < _OLDEST_CUDA:
        return without, f"{known}; PyTorch needs one for {_OLDEST_CUDA[0]}.{_OLDEST_CUDA[1]} or newer"
    return (CUDA if system == "Linux" and driver >= (13, 0) else CUDA_12), known


@cache
def driver_cuda() -> tuple[int, int] | None:
    """The newest CUDA that the NVIDIA driver of this machine serves, None where there is no driver."""
    system = platform.system()
    if system not in _DRIVERS or (system == "Linux" and not _LOADED.is_file()):
        return None
    try:
        library = ctypes.CDLL(_DRIVERS[system])
        version = ctypes.c_int(0)
        if library.cuDriverGetVersion(ctypes.byref(version)) or not version.value:
            return None
    except (OSError, AttributeError):
        return None
    return version.value // 1000, version.value % 1000 // 10
