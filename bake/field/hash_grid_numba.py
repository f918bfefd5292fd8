"""The hash grid's fast path on CPUs; `hash_grid.encode_reference` is the definition.

Level by level, so that a level's table stays in the cache, and in the order of the points, so that equal input gives
equal bits. Cores share out samples (see `device.threads`), not these loops.
"""

# mypy: ignore-errors
# Kernels are compiled by numba, whose scalar arithmetic NumPy's type stubs do not describe.
from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from ..device.rows_numba import row_adder, row_dot
from .hash_grid import FEATURES, PRIMES

_PRIME_Y = PRIMES[1]
_PRIME_Z = PRIMES[2]
_add, _dot = row_adder(FEATURES), row_dot(FEATURES)


@njit(inline="always")
def _cell(value: float, resolution: int) -> tuple[int, float]:
    scaled = min(max(value, np.float32(0.0)), np.float32(1.0)) * np.float32(resolution)
    corner = min(int(scaled), resolution - 1)
    return corner, scaled - np.float32(corner)


@njit(inline="always")
def _row(x: int, y: int, z: int, resolution: int, dense: bool, mask: int) -> int:
    if dense:
        return x + (resolution + 1) * (y + (resolution + 1) * z)
    return (x ^ (y * _PRIME_Y) ^ (z * _PRIME_Z)) & mask


@njit(nogil=True, cache=True, fastmath=True)
def _forward(points: Any, table: Any, size: int, resolution: int, rows: Any, column: int) -> None:
    """`table` is a level of so many rows, flat; `column` is where in `rows`, of one dimension, to write."""
    dense = (resolution + 1) ** 3 <= size
    one, width = np.float32(1.0), len(rows) // max(len(points), 1)
    for n in range(len(points)):
        x, fx = _cell(points[n, 0], resolution)
        y, fy = _cell(points[n, 1], resolution)
        z, fz = _cell(points[n, 2], resolution)
        out = n * width + column
        for f in range(FEATURES):
            rows[out + f] = 0
        for k in range(2):
            wz = fz if k else one - fz
            for j in range(2):
                wyz = (fy if j else one - fy) * wz
                for i in range(2):
                    w = (fx if i else one - fx) * wyz
                    _add(rows, out, w, table, FEATURES * _row(x + i, y + j, z + k, resolution, dense, size - 1))


@njit(nogil=True, cache=True, fastmath=True)
def _backward(
    points: Any,
    table: Any,
    size: int,
    resolution: int,
    rows: Any,
    column: int,
    grad_table: Any,
    grad_points: Any,
    fixed: bool,
) -> None:
    """`fixed`: leave `grad_table` as it is."""
    dense = (resolution + 1) ** 3 <= size
    one, scale, width = np.float32(1.0), np.float32(resolution), len(rows) // max(len(points), 1)
    for n in range(len(points)):
        x, fx = _cell(points[n, 0], resolution)
        y, fy = _cell(points[n, 1], resolution)
        z, fz = _cell(points[n, 2], resolution)
        grad = n * width + column
        dx = dy = dz = np.float32(0.0)
        for k in range(2):
            wz = fz if k else one - fz
            for j in range(2):
                wy = fy if j else one - fy
                for i in range(2):
                    wx = fx if i else one - fx
                    row = FEATURES * _row(x + i, y + j, z + k, resolution, dense, size - 1)
                    dot = _dot(rows, grad, table, row)
                    if not fixed:
                        _add(grad_table, row, wx * wy * wz, rows, grad)
                    dx += (dot if i else -dot) * wy * wz
                    dy += (dot if j else -dot) * wx * wz
                    dz += (dot if k else -dot) * wx * wy
        grad_points[n, 0] += dx * scale
        grad_points[n, 1] += dy * scale
        grad_points[n, 2] += dz * scale


def encode_into(points: Tensor, table: Tensor, resolutions: tuple[int, ...], rows: Tensor) -> None:
    """Features of (N, 3) points into the first columns of rows, (N, levels * FEATURES or more)."""
    place, out, levels = points.numpy(), rows.view(-1).numpy(), table.flatten(1).numpy()
    for level, resolution in enumerate(resolutions):
        _forward(place, levels[level], table.shape[1], resolution, out, level * FEATURES)


def encode_backward(
    points: Tensor, table: Tensor, resolutions: tuple[int, ...], rows: Tensor, grad_table: Tensor | None
) -> Tensor:
    """From the gradient of rows: adds to that of the table, unless it is None; returns that of the points, (N, 3)."""
    grad_points = torch.zeros_like(points)
    place, grad, levels = points.numpy(), rows.view(-1).numpy(), table.flatten(1).numpy()
    fixed = grad_table is None
    to_levels, to_points = (table if grad_table is None else grad_table).flatten(1).numpy(), grad_points.numpy()
    for level, resolution in enumerate(resolutions):
        own = levels[level], table.shape[1], resolution, grad, level * FEATURES, to_levels[level]
        _backward(place, *own, to_points, fixed)
    return grad_points
