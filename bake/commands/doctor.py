"""`doctor`: can this machine do the work, and if not, how is that mended? Runs on a bare Python."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from ..contract.errors import ExitCode
from ..contract.finding import Finding
from .console import Console

_OLDEST_PYTHON = (3, 11)
REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
"""The list of what the worker needs, as pip reads it."""
_MODULES = {
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "scikit-image": "skimage",
    "flip-evaluator": "flip_evaluator",
    "openexr": "OpenEXR",
    "opencolorio": "PyOpenColorIO",
}
_OPTIONAL = {"pycolmap": "COLMAP models and the command solve"}
_SPARED = {
    "embreex": "exact merging with native geometry",
    "opencolorio": "footage in another colour space than sRGB, as log footage,",
}
"""Installed with the others where there is a wheel; without it all else works."""
_MARKED = re.compile(r'platform_machine == "(\w+)"')
_ENOUGH_DISK = 2e9


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Describe the command line."""
    return commands.add_parser(
        "doctor",
        help="what this machine can do",
        description="Checks interpreter, packages, device, disk and write access, and says how to mend each.",
        epilog="example: python -m bake doctor --json",
    )


def run(arguments: argparse.Namespace, console: Console) -> ExitCode:  # noqa: ARG001
    """Look at everything and print the findings."""
    findings = [*_python(), *_packages(), *_optional(), *_device(), *_machine(), *_folders()]
    well = all(finding.good for finding in findings)
    lines = [str(finding) for finding in findings]
    lines.append("This machine can bake." if well else "Something needed is missing; see the lines marked MEND.")
    console.result({"well": well, "findings": [asdict(finding) for finding in findings]}, "\n".join(lines))
    return ExitCode.DONE if well else ExitCode.FAILED


def _python() -> Iterator[Finding]:
    good = sys.version_info >= _OLDEST_PYTHON
    wanted = ".".join(map(str, _OLDEST_PYTHON))
    found = f"{platform.python_version()} ({sys.executable})"
    yield Finding("Python", good, found, "" if good else f"Use Python {wanted} or newer for the worker.")


def requirements() -> dict[str, str]:
    """Package name to oldest version that serves, of those for this machine in the list beside this package."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    matches = (re.fullmatch(r"([A-Za-z0-9_.-]+)>=([0-9.]+)(; .+)?", line.strip()) for line in lines)
    here = platform.machine()
    return {m[1]: m[2] for m in matches if m and (m[3] is None or here in _MARKED.findall(m[3]))}


def _packages() -> Iterator[Finding]:
    for package, oldest in requirements().items():
        install = f'Run: "{sys.executable}" -m pip install "{package}>={oldest}"'
        try:
            module = importlib.import_module(_MODULES.get(package.lower(), package))
        except ModuleNotFoundError:
            told = (
                f"missing; {_SPARED[package]} needs it" if package in _SPARED else f"missing (needs {oldest} or newer)"
            )
            yield Finding(package, package in _SPARED, told, install)
            continue
        except Exception as error:  # A broken binary raises whatever it likes.
            yield Finding(package, False, f"cannot be loaded: {error}", install + " --force-reinstall")
            continue
        version = _version(package) or str(getattr(module, "__version__", ""))
        good = not version or _numbers(version) >= _numbers(oldest)
        yield Finding(
            package, good, f"{version or 'unknown version'} (needs {oldest} or newer)", "" if good else install
        )


def _optional() -> Iterator[Finding]:
    """Packages that only some footage needs."""
    for package, purpose in _OPTIONAL.items():
        version = _version(package)
        install = f'For {purpose} run: "{sys.executable}" -m pip install {package}'
        yield Finding(package, True, version or f"not installed; {purpose} need it", "" if version else install)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0])[:3])


def _device() -> Iterator[Finding]:
    try:
        import torch

        if torch.cuda.is_available():
            free, total = torch.cuda.mem_get_info()
            name = torch.cuda.get_device_name()
            cuda = f"{name}, {total / 2**30:.1f} GiB of memory, {free / 2**30:.1f} free, CUDA {torch.version.cuda}"
            yield Finding("GPU", True, cuda)
            yield _kernels()
        else:
            hint = (
                "" if torch.version.cuda is None else "torch is built for CUDA; check the NVIDIA driver (nvidia-smi)."
            )
            yield Finding("GPU", True, "none that torch can use; the CPU does the work", hint)
    except Exception as error:  # Missing torch is told among the packages; a broken driver must not end the report.
        yield Finding("GPU", True, f"not known ({type(error).__name__})")


def _kernels() -> Finding:
    from ..device.triton_ready import triton_fault

    fault = triton_fault()
    if fault is None:
        return Finding("GPU kernels", True, "Triton builds them")
    hint = (
        "Triton comes with PyTorch for NVIDIA GPUs on Linux: update NVIDIA's driver, then set the worker up again. "
        "If that does not help, install gcc and Python's headers (Debian: apt install gcc python3-dev) and make the "
        "worker with that Python."
    )
    return Finding("GPU kernels", True, f"none, so that the GPU is many times slower than it could be ({fault})", hint)


def _machine() -> Iterator[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding("CPU", True, f"{cores} cores, {platform.machine()}, {platform.system()} {platform.release()}")
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        yield Finding("Memory", True, f"{memory / 2**30:.1f} GiB")


def _folders() -> Iterator[Finding]:
    temporary = Path(tempfile.gettempdir())
    trouble, free = _trouble(temporary)
    if trouble:
        mend = "Make the folder writable, or set TMPDIR (TEMP on Windows) to one that is."
        yield Finding("Temporary folder", False, f"{temporary} cannot be written: {trouble}", mend)
    else:
        mend = "" if free > _ENOUGH_DISK else f"Free some space: a bake wants {_ENOUGH_DISK / 1e9:.0f} GB at hand."
        yield Finding("Temporary folder", not mend, f"{temporary}, writable, {free / 1e9:.1f} GB free", mend)
    home = Path.home()
    trouble, free = _trouble(home)
    if trouble:
        mend = "Work goes on without; compiled kernels are made anew in each process."
        yield Finding("Home folder", True, f"{home} cannot be written: {trouble}", mend)
    else:
        yield Finding("Home folder", True, f"{home}, writable, {free / 1e9:.1f} GB free")


def _trouble(folder: Path) -> tuple[str, int]:
    """Why a folder cannot be written ("" if it can), and the free bytes there."""
    probe = folder / f".spacetimepilot-{uuid.uuid4().hex[:12]}"
    try:
        probe.write_bytes(b"probe")
        probe.unlink()
        return "", shutil.disk_usage(folder).free
    except OSError as error:
        return error.strerror or str(error), 0
