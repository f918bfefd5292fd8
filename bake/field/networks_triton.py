"""What the networks see besides codes, written straight into their rows; the fast path on GPUs.

The definitions are `waves.with_waves` and `decoder.harmonics`.
"""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose types Python's checkers do not know.
from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from .waves import BANDS, WIDTH

_AT_ONCE = 128
_BANDS, _WIDTH = tl.constexpr(BANDS), tl.constexpr(WIDTH)
_PI = tl.constexpr(3.141592653589793)


@triton.jit
def wave(x, y, z, c):
    """Numbers (N, C) that stand for points, x, y and z (N, 1), in columns c (1, C); 0 behind the last."""
    angle = tl.where(c < 3 + 3 * _BANDS, c - 3, c - 3 - 3 * _BANDS)
    axis = tl.where(c < 3, c, angle // _BANDS)
    value = tl.where(axis == 0, x, tl.where(axis == 1, y, z))
    turned = value * (_PI * tl.exp2((angle % _BANDS).to(tl.float32)))
    waving = tl.where(c < 3 + 3 * _BANDS, tl.sin(turned), tl.cos(turned))
    return tl.where(c < _WIDTH, tl.where(c < 3, value, waving), 0.0)


@triton.jit
def harmonic(x, y, z, c):
    """Spherical harmonics (N, C) of unit directions, x, y and z (N, 1), in columns c (1, C); 0 behind the last."""
    first = tl.where(c == 0, 1.0, tl.where(c == 1, x, tl.where(c == 2, y, z)))
    second = tl.where(c == 4, x * y, tl.where(c == 5, y * z, 3 * z * z - 1))
    third = tl.where(c == 7, x * z, x * x - y * y)
    return tl.where(c < 4, first, tl.where(c < 7, second, tl.where(c < 9, third, 0.0)))


@triton.jit
def _write(points, rows, count, width, column, columns, LENGTH: tl.constexpr, WAVES: tl.constexpr, N: tl.constexpr):
    n = (tl.program_id(0) * N + tl.arange(0, N))[:, None]
    c = tl.arange(0, LENGTH)[None, :]
    there = n < count
    x = tl.load(points + n * 3, mask=there, other=0.0)
    y = tl.load(points + n * 3 + 1, mask=there, other=0.0)
    z = tl.load(points + n * 3 + 2, mask=there, other=0.0)
    values = wave(x, y, z, c) if WAVES else harmonic(x, y, z, c)
    at = rows + n.to(tl.int64) * width + column + c
    tl.store(at, values.to(rows.dtype.element_ty), mask=there & (c < columns))


def _into(points: Tensor, rows: Tensor, column: int, columns: int, waves: bool) -> None:
    if len(points):
        grid = (triton.cdiv(len(points), _AT_ONCE),)
        length = triton.next_power_of_2(columns)
        _write[grid](points, rows, len(points), rows.shape[1], column, columns, length, waves, _AT_ONCE)


def waves_into(points: Tensor, rows: Tensor) -> None:
    """Points (N, 3) of the unit cube and their waves into the first `waves.WIDTH` columns of rows."""
    _into(points, rows, 0, WIDTH, waves=True)


def harmonics_into(directions: Tensor, rows: Tensor, column: int) -> None:
    """Spherical harmonics of unit directions (N, 3) into `decoder.DIRECTIONS` columns of rows."""
    _into(directions, rows, column, 9, waves=False)


def rectified_backward(values: Tensor, grad: Tensor) -> Tensor:
    """The gradient (N, F) before a ReLU that gave `values`."""
    return torch.ops.aten.threshold_backward(grad, values, 0)
