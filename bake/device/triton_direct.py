"""Triton's kernels where there is no C compiler: loaded and launched through NVIDIA's driver itself.

Triton compiles kernels with what it brings along, but has what loads and launches them built on the spot, by a C
compiler with Python's headers, and Blender's own Python comes without these. Both are a few calls of the driver, made
from here. The driver says which parameters a kernel takes, so that none is launched with the wrong ones.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import struct
import sysconfig
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import torch

_PASSED = {
    "i1": ("b", 1),
    "i8": ("b", 1),
    "u8": ("B", 1),
    "i16": ("h", 2),
    "u16": ("H", 2),
    "i32": ("i", 4),
    "u32": ("I", 4),
    "i64": ("q", 8),
    "u64": ("Q", 8),
    "fp16": ("e", 2),
    "fp32": ("f", 4),
    "fp64": ("d", 8),
}
"""How a value of one of Triton's types is packed, and its bytes."""
_SLOT = 8
"""Bytes from one packed value to the next; none is wider."""
_SCRATCH = 2
"""Pointers to memory of its own, behind those that it is called with, that a kernel may take, used or not."""
_LARGE_SHARED = 48 * 1024
"""Bytes of shared memory from which a kernel has to ask for it."""
_INVALID_VALUE = 1
_MAX_THREADS, _STATIC_SHARED, _LOCAL_BYTES, _REGISTERS, _MAX_DYNAMIC_SHARED = 0, 1, 3, 4, 8
"""Attributes of functions, by the driver's numbers."""
_SHARED_PER_BLOCK = 97
_PREFER_SHARED = 1


def launcher_can_be_built() -> bool:
    """Whether there is what Triton builds its own launcher with."""
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("clang")
    return compiler is not None and Path(sysconfig.get_path("include"), "Python.h").is_file()


def launch_directly() -> None:
    """From here on, Triton loads and launches its kernels as this module does.

    Raises
    ------
    ImportError
        If there is no Triton.
    """
    from triton.backends.driver import GPUDriver  # type: ignore[import-untyped]
    from triton.backends.nvidia.driver import CudaDriver  # type: ignore[import-untyped]
    from triton.runtime import driver  # type: ignore[import-untyped]

    class DirectDriver(CudaDriver):  # type: ignore[misc, no-any-unimported]
        """As Triton's, but for what that has built."""

        def __init__(self) -> None:
            GPUDriver.__init__(self)
            self.utils, self.launcher_cls = Loader(), Launcher

    driver.set_active(DirectDriver())


class Compiled(Protocol):
    """What of a compiled kernel's metadata tells how it is launched; `shared` is in bytes."""

    num_warps: int
    num_ctas: int
    shared: int
    global_scratch_size: int
    profile_scratch_size: int
    launch_cooperative_grid: bool
    launch_pdl: bool


class Source(Protocol):
    """What a kernel was compiled from: the type of each of its arguments, `constexpr` for what is part of its code."""

    signature: Mapping[str, str]


class Loader:
    """What Triton asks of a driver about devices and compiled code; its names and its order of results."""

    def get_device_properties(self, device: int) -> dict[str, int]:
        """What bounds a kernel: `max_shared_mem`, bytes a block."""
        return {"max_shared_mem": _number("cuDeviceGetAttribute", _SHARED_PER_BLOCK, device)}

    def load_binary(self, name: str, code: bytes, shared: int, device: int) -> tuple[int, int, int, int, int]:
        """Module, function, registers a thread, words of them spilled, and threads that a block may have.

        Raises
        ------
        RuntimeError
            If the driver refuses; what it says.
        """
        _enter_context(device)
        module, function = ctypes.c_void_p(), ctypes.c_void_p()
        _call("cuModuleLoadData", ctypes.byref(module), code)
        _call("cuModuleGetFunction", ctypes.byref(function), module, name.encode())
        if shared > _LARGE_SHARED:
            free = self.get_device_properties(device)["max_shared_mem"]
            free -= _number("cuFuncGetAttribute", _STATIC_SHARED, function)
            _call("cuFuncSetCacheConfig", function, _PREFER_SHARED)
            _call("cuFuncSetAttribute", function, _MAX_DYNAMIC_SHARED, free)
        registers, spilled, threads = (
            _number("cuFuncGetAttribute", attribute, function) for attribute in (_REGISTERS, _LOCAL_BYTES, _MAX_THREADS)
        )
        return module.value or 0, function.value or 0, registers, spilled // 4, threads


class Launcher:
    """Launches one compiled kernel.

    Raises
    ------
    NotImplementedError
        If a kernel needs more than plain values and a grid.
    """

    def __init__(self, source: Source, metadata: Compiled) -> None:
        kinds = list(source.signature.values())
        unknown = [kind for kind in kinds if kind != "constexpr" and kind[:1] != "*" and kind not in _PASSED]
        if unknown:
            raise NotImplementedError(f"Without a C compiler kernels cannot be handed {unknown[0]}.")
        if metadata.num_ctas != 1 or metadata.launch_cooperative_grid or metadata.launch_pdl:
            raise NotImplementedError("Without a C compiler blocks of a kernel cannot work together.")
        if metadata.global_scratch_size or metadata.profile_scratch_size:
            raise NotImplementedError("Without a C compiler kernels get no memory of their own.")
        self._given = [(number, kind[0] == "*") for number, kind in enumerate(kinds) if kind != "constexpr"]
        passed = [("Q", 8) if kinds[number][0] == "*" else _PASSED[kinds[number]] for number, _ in self._given]
        self._sizes = [size for _, size in passed]
        self._packed = struct.Struct("<" + "".join(f"{code}{_SLOT - size}x" for code, size in passed) + "Q" * _SCRATCH)
        self._places = ctypes.c_void_p * (len(passed) + _SCRATCH)
        self._threads, self._shared = 32 * metadata.num_warps, metadata.shared
        self._checked: set[int] = set()

    def __call__(
        self,
        x: int,
        y: int,
        z: int,
        stream: int,
        function: int,
        _metadata: object,
        told: object,
        before: Callable[[object], object] | None,
        after: Callable[[object], object] | None,
        *values: Any,
    ) -> None:
        """Launch over a grid of x by y by z blocks; Triton's order of arguments, of which `values` are the kernel's.

        Raises
        ------
        RuntimeError
            If the kernel takes other parameters than Triton's signature says, or the driver refuses; what it says.
        """
        if not x * y * z:
            return
        _enter_context(None)
        if function not in self._checked:
            self._demand_alike(function)
        if before is not None:
            before(told)
        passed = [_address(values[number]) if pointer else values[number] for number, pointer in self._given]
        packed = ctypes.create_string_buffer(self._packed.pack(*passed, *([0] * _SCRATCH)))
        first = ctypes.addressof(packed)
        places = self._places(*range(first, first + self._packed.size, _SLOT))
        _call("cuLaunchKernel", function, x, y, z, self._threads, 1, 1, self._shared, stream, places, None)
        if after is not None:
            after(told)

    def _demand_alike(self, function: int) -> None:
        taken = _parameter_sizes(function, len(self._sizes) + _SCRATCH + 1)
        ours, more = taken[: len(self._sizes)], taken[len(self._sizes) :]
        if ours != self._sizes or len(more) > _SCRATCH or any(size != _SLOT for size in more):
            raise RuntimeError(f"A kernel takes parameters of {taken} bytes, but Triton's signature has {self._sizes}.")
        self._checked.add(function)


def _address(value: Any) -> int:
    """Of what a pointer stands for: a tensor, an address, or nothing."""
    if value is None:
        return 0
    return int(value) if isinstance(value, int) else int(value.data_ptr())


def _parameter_sizes(function: int, most: int) -> list[int]:
    """Bytes of each parameter of a function, of the first `most`."""
    if not hasattr(_driver(), "cuFuncGetParamInfo"):
        raise RuntimeError("NVIDIA's driver is too old to launch kernels without a C compiler: 550 or newer is needed.")
    sizes: list[int] = []
    offset, size = ctypes.c_size_t(), ctypes.c_size_t()
    while len(sizes) < most:
        wanted = ctypes.c_void_p(function), ctypes.c_size_t(len(sizes)), ctypes.byref(offset), ctypes.byref(size)
        code = _driver().cuFuncGetParamInfo(*wanted)
        if code == _INVALID_VALUE:
            break
        _demand(code)
        sizes.append(size.value)
    return sizes


def _enter_context(device: int | None) -> None:
    """Threads that have not used the GPU yet are in none; None is for the device that torch uses."""
    context = ctypes.c_void_p()
    _call("cuCtxGetCurrent", ctypes.byref(context))
    if not context:
        _call(
            "cuDevicePrimaryCtxRetain", ctypes.byref(context), torch.cuda.current_device() if device is None else device
        )
        _call("cuCtxSetCurrent", context)


def _number(name: str, attribute: int, of: object) -> int:
    found = ctypes.c_int()
    _call(name, ctypes.byref(found), attribute, of)
    return found.value


def _call(name: str, *arguments: object) -> None:
    _demand(getattr(_driver(), name)(*arguments))


def _demand(code: int) -> None:
    if code:
        told = ctypes.c_char_p()
        _driver().cuGetErrorString(code, ctypes.byref(told))
        raise RuntimeError(f"NVIDIA's driver: {(told.value or b'error %d' % code).decode()}")


@lru_cache(maxsize=1)
def _driver() -> Any:
    library = ctypes.CDLL("libcuda.so.1")
    word, pointer = ctypes.c_uint, ctypes.c_void_p
    library.cuLaunchKernel.argtypes = [pointer, *[word] * 7, pointer, pointer, pointer]
    library.cuModuleLoadData.argtypes = [pointer, ctypes.c_char_p]
    return library
