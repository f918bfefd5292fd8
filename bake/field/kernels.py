"""What fills the rows that networks see, by device: numba on CPUs, Triton on GPUs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import import_module
from typing import Any

import torch

from ..device.triton_ready import has_kernels

_MODULES = ("hash_grid", "latents", "networks", "planes")


@dataclass(frozen=True)
class Kernels:
    """Functions of the same names in `hash_grid_numba`, `latents_numba`, `networks_numba` and `planes_numba`.

    Rows are (N, W), of any type of number; only what the function's name says is written. `rectified_backward` may
    write in place.
    """

    encode_into: Callable[..., None]
    encode_backward: Callable[..., Any]
    codes_into: Callable[..., None]
    codes_backward: Callable[..., None]
    waves_into: Callable[..., None]
    harmonics_into: Callable[..., None]
    rectified_backward: Callable[..., Any]
    planes_into: Callable[..., None]
    planes_backward: Callable[..., None]


def kernels_for(device: torch.device) -> Kernels | None:
    """Those for a device; None where there are none, so that plain torch has to do."""
    if device.type == "cpu":
        return kernels_by("numba")
    return kernels_by("triton") if has_kernels(device) else None


@lru_cache(maxsize=2)
def kernels_by(compiler: str) -> Kernels:
    """Those that numba or triton compiles.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    modules = [import_module(f".{name}_{compiler}", __package__) for name in _MODULES]
    found = {
        field.name: next(getattr(module, field.name) for module in modules if hasattr(module, field.name))
        for field in fields(Kernels)
    }
    return Kernels(**found)
