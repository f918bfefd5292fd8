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

from .hash_grid import FEATURES, PRIMES

_PRIME_Y = PRIMES[1]
_PRIME_Z = PRIMES[2]


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
def _forward(points: Any, table: Any, resolution: int, out: Any, column: int) -> None:
    mask = table.shape[0] - 1
    dense = (resolution + 1) ** 3 <= table.shape[0]
    one = np.float32(1.0)
    for n in range(points.shape[0]):
        x, fx = _cell(points[n, 0], resolution)
        y, fy = _cell(points[n, 1], resolution)
        z, fz = _cell(points[n, 2], resolution)
        a0 = a1 = a2 = a3 = np.float32(0.0)
        for k in range(2):
            wz = fz if k else one - fz
            for j in range(2):
                wyz = (fy if j else one - fy) * wz
                for i in range(2):
                    w = (fx if i else one - fx) * wyz
                    row = _row(x + i, y + j, z + k, resolution, dense, mask)
                    a0 += w * table[row, 0]
                    a1 += w * table[row, 1]
                    a2 += w * table[row, 2]
                    a3 += w * table[row, 3]
        out[n, column] = a0
        out[n, column + 1] = a1
        out[n, column + 2] = a2
        out[n, column + 3] = a3


@njit(nogil=True, cache=True, fastmath=True)
def _backward(
    points: Any, table: Any, resolution: int, grad: Any, column: int, grad_table: Any, grad_points: Any
) -> None:
    mask = table.shape[0] - 1
    dense = (resolution + 1) ** 3 <= table.shape[0]
    one = np.float32(1.0)
    scale = np.float32(resolution)
    for n in range(points.shape[0]):
        x, fx = _cell(points[n, 0], resolution)
        y, fy = _cell(points[n, 1], resolution)
        z, fz = _cell(points[n, 2], resolution)
        g0 = grad[n, column]
        g1 = grad[n, column + 1]
        g2 = grad[n, column + 2]
        g3 = grad[n, column + 3]
        dx = dy = dz = np.float32(0.0)
        for k in range(2):
            wz = fz if k else one - fz
            for j in range(2):
                wy = fy if j else one - fy
                for i in range(2):
                    wx = fx if i else one - fx
                    row = _row(x + i, y + j, z + k, resolution, dense, mask)
                    w = wx * wy * wz
                    grad_table[row, 0] += w * g0
                    grad_table[row, 1] += w * g1
                    grad_table[row, 2] += w * g2
                    grad_table[row, 3] += w * g3
                    dot = g0 * table[row, 0] + g1 * table[row, 1] + g2 * table[row, 2] + g3 * table[row, 3]
                    dx += (dot if i else -dot) * wy * wz
                    dy += (dot if j else -dot) * wx * wz
                    dz += (dot if k else -dot) * wx * wy
        grad_points[n, 0] += dx * scale
        grad_points[n, 1] += dy * scale
        grad_points[n, 2] += dz * scale


def encode_into(points: Tensor, table: Tensor, resolutions: tuple[int, ...], rows: Tensor) -> None:
    """Features of (N, 3) points into the first columns of rows, (N, levels * FEATURES or more)."""
    arrays = points.numpy(), table.numpy(), rows.numpy()
    for level, resolution in enumerate(resolutions):
        _forward(arrays[0], arrays[1][level], resolution, arrays[2], level * FEATURES)


def encode_backward(
    points: Tensor, table: Tensor, resolutions: tuple[int, ...], rows: Tensor, grad_table: Tensor
) -> Tensor:
    """From the gradient of rows: adds to that of the table, returns that of the points, (N, 3)."""
    grad_points = torch.zeros_like(points)
    arrays = points.numpy(), table.numpy(), rows.numpy(), grad_table.numpy(), grad_points.numpy()
    for level, resolution in enumerate(resolutions):
        _backward(
            arrays[0], arrays[1][level], resolution, arrays[2], level * FEATURES, arrays[3][level], arrays[4]
        )  # fmt: skip
    return grad_points
