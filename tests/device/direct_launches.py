"""Launch kernels of the field without a GPU, up to the driver, which writes down what it is handed.

They are compiled for a GPU all the same, and what each takes is read from the code that came out. In tests Triton
interprets kernels otherwise, so this is a process of its own: `python -m tests.device.direct_launches`.
"""

# mypy: ignore-errors
from __future__ import annotations

import ctypes
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import triton
from triton.runtime import driver

from bake.contract.camera import Camera
from bake.contract.colour import Encoding
from bake.device import triton_direct
from bake.field.hash_grid_triton import encode_backward, encode_into
from bake.field.instant_triton import at_instant, look
from bake.field.model import Field, FieldConfig
from bake.field.networks_triton import waves_into
from bake.render.picture_triton import cast, developed

COMPUTE_CAPABILITY, STREAM = (9, 0), 7
_KINDS = {
    "i32": ctypes.c_int32,
    "i64": ctypes.c_int64,
    "fp32": ctypes.c_float,
}


@dataclass
class Driver:
    """Takes the driver's place: what code takes comes from the code, and what is launched is kept as bytes."""

    functions: list[list[int]] = field(default_factory=list)
    launched: list[tuple[tuple[int, ...], list[bytes]]] = field(default_factory=list)

    def cuCtxGetCurrent(self, context) -> int:
        context._obj.value = 1
        return 0

    def cuDeviceGetAttribute(self, found, _attribute, _device) -> int:
        found._obj.value = 227 * 1024
        return 0

    def cuModuleLoadData(self, module, code) -> int:
        self.functions.append(parameters_of(code))
        module._obj.value = len(self.functions)
        return 0

    def cuModuleGetFunction(self, function, module, _name) -> int:
        function._obj.value = module.value
        return 0

    def cuFuncGetAttribute(self, found, _attribute, _function) -> int:
        found._obj.value = 1024
        return 0

    def cuFuncGetParamInfo(self, function, number, _offset, size) -> int:
        sizes = self.functions[function.value - 1]
        if number.value >= len(sizes):
            return 1
        size._obj.value = sizes[number.value]
        return 0

    def cuLaunchKernel(self, function, *rest) -> int:
        *shape, stream, places, extra = rest
        assert stream == STREAM and extra is None
        sizes = self.functions[function - 1]
        self.launched.append((tuple(shape), [ctypes.string_at(places[n], size) for n, size in enumerate(sizes)]))
        return 0


def parameters_of(code: bytes) -> list[int]:
    """Bytes of each parameter, as they stand in a kernel's compiled code."""
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.cubin"
        path.write_bytes(code)
        text = subprocess.run([tool, "-elf", path], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"KPARAM_INFO.*?Ordinal\s*:\s*(\w+).*?Size\s*:\s*(\w+)", text, re.DOTALL)
    sizes = {int(number, 16): int(size, 16) for number, size in found}
    return [sizes[number] for number in range(len(sizes))]


class Watched(triton_direct.Launcher):
    """Compares what is launched with what it was called with."""

    def __init__(self, source, metadata) -> None:
        super().__init__(source, metadata)
        self.kinds, self.warps = list(source.signature.values()), metadata.num_warps

    def __call__(self, x, y, z, *rest) -> None:
        before = len(recorded.launched)
        super().__call__(x, y, z, *rest)
        assert len(recorded.launched) == before + 1
        shape, taken = recorded.launched[-1]
        assert shape[:6] == (x, y, z, 32 * self.warps, 1, 1)
        wanted = [(kind, value) for kind, value in zip(self.kinds, rest[6:], strict=True) if kind != "constexpr"]
        assert len(wanted) <= len(taken) <= len(wanted) + 2
        for (kind, value), own in zip(wanted, taken, strict=False):
            if kind[0] == "*":
                assert int.from_bytes(own, "little") == value.data_ptr()
            else:
                assert own == bytes(_KINDS[kind](value))
        assert not any(b"".join(taken[len(wanted) :])), "memory of its own where it has none"


def main() -> None:
    """Launch kernels of a step and of a picture; raises where one is handed something else than it was given."""
    points, rows = torch.rand(1000, 3), torch.zeros(1000, 80)
    table = torch.rand(2, 1024, 4)
    encode_into(points, table, (4, 9), rows)
    # A number that is 1, or nothing to write to, is made part of the code.
    encode_backward(points[:1], table, (4, 9), rows[:1], torch.zeros_like(table))
    encode_backward(points, table, (4, 9), rows, None)
    waves_into(points, rows)
    field = Field(FieldConfig((-1, -1, -1), (1, 1, 1), False, 0, 10, 0.1, 10))
    camera = Camera(24, 18, 26.5, 26.5, 12.0, 9.0, tuple(np.eye(4).ravel()))
    rays = cast(field, camera, np.eye(4), 3, 100, 0.5)
    look(
        at_instant(field, 0.5), points, points[:, 0], torch.zeros(1000, dtype=torch.int32), rays.directions, rays.start
    )
    developed((points, points[:, :1], points[:, :1]), np.float32(0.5), Encoding())


if __name__ == "__main__":
    recorded = Driver()
    triton_direct._driver = lambda: recorded
    triton_direct.Launcher = Watched
    torch.cuda.current_device = lambda: 0
    torch.cuda.get_device_capability = lambda _device=None: COMPUTE_CAPABILITY
    triton_direct.launch_directly()
    driver.active.get_current_stream = lambda _device: STREAM
    main()
    print(len(recorded.launched), "launched")
