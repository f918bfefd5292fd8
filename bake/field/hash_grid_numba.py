"""The hash grid's fast path on CPUs; `hash_grid.encode_reference` is the definition.

Work is split by level: a level's table stays in the cache, and its gradient is summed by one thread in the order of
the points, so that equal input gives equal bits.
"""

# mypy: ignore-errors
# Kernels are compiled by numba, whose scalar arithmetic NumPy's type stubs do not describe.
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor

from ..device.threads import chunks, run_together
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
def _forward(points: Any, table: Any, resolution: int, first: int, last: int, out: Any, column: int) -> None:
    mask = table.shape[0] - 1
    dense = (resolution + 1) ** 3 <= table.shape[0]
    one = np.float32(1.0)
    for n in range(first, last):
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
    wanted = grad_points.shape[0] > 0
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
                    if wanted:
                        dot = g0 * table[row, 0] + g1 * table[row, 1] + g2 * table[row, 2] + g3 * table[row, 3]
                        dx += (dot if i else -dot) * wy * wz
                        dy += (dot if j else -dot) * wx * wz
                        dz += (dot if k else -dot) * wx * wy
        if wanted:
            grad_points[n, 0] = dx * scale
            grad_points[n, 1] = dy * scale
            grad_points[n, 2] = dz * scale


class _Encode(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, points: Tensor, table: Tensor, resolutions: tuple[int, ...]) -> Tensor:
        points = points.contiguous()
        out = torch.empty(points.shape[0], len(resolutions) * FEATURES)
        arrays: tuple[NDArray[np.float32], ...] = (points.detach().numpy(), table.detach().numpy(), out.numpy())
        run_together(
            [
                partial(_forward, arrays[0], arrays[1][level], resolution, a, b, arrays[2], level * FEATURES)
                for level, resolution in enumerate(resolutions)
                for a, b in chunks(points.shape[0])
            ]
        )
        ctx.save_for_backward(points, table)
        ctx.resolutions = resolutions
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor, None]:
        points, table = ctx.saved_tensors
        grad = grads[0].contiguous().numpy()
        levels = range(len(ctx.resolutions))
        grad_table = torch.zeros_like(table)
        count = points.shape[0] if ctx.needs_input_grad[0] else 0
        grad_points = torch.empty(len(levels), count, 3)
        p, t, gt, gp = points.detach().numpy(), table.detach().numpy(), grad_table.numpy(), grad_points.numpy()
        # The finest levels take longest, so they start first.
        run_together(
            [
                partial(_backward, p, t[level], ctx.resolutions[level], grad, level * FEATURES, gt[level], gp[level])
                for level in reversed(levels)
            ]
        )
        return (grad_points.sum(dim=0) if count else None), grad_table, None


def encode_numba(points: Tensor, table: Tensor, resolutions: tuple[int, ...]) -> Tensor:
    """As `encode_reference`, on the CPU; points and table float32."""
    features: Tensor = _Encode.apply(points, table, resolutions)
    return features
