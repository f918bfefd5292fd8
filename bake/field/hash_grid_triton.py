"""The hash grid's fast path on GPUs; `hash_grid.encode_reference` is the definition.

Gradients are added up atomically, in any order: their last bits may differ from run to run.
"""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose types Python's checkers do not know.
from __future__ import annotations

from functools import lru_cache

import torch
import triton
import triton.language as tl
from torch import Tensor

from .hash_grid import FEATURES, PRIMES

_AT_ONCE = 128
_FEATURES = tl.constexpr(FEATURES)
_PRIME_Y, _PRIME_Z = tl.constexpr(PRIMES[1]), tl.constexpr(PRIMES[2])


@triton.jit
def cell(value, resolution):
    """The cell of places in [0, 1] along an axis, and how far into it they are."""
    scaled = tl.minimum(tl.maximum(value, 0.0), 1.0) * resolution
    corner = tl.minimum(scaled.to(tl.int32), resolution - 1)
    return corner, scaled - corner.to(tl.float32)


@triton.jit
def row_of(x, y, z, resolution, size):
    """Table rows of corners of cells, int32."""
    edge = resolution + 1
    # Of the finest levels the number of cells goes beyond 32 bits, so the question is asked in floats.
    wide = edge.to(tl.float32)
    dense = x + edge * (y + edge * z)
    mixed = x.to(tl.uint32) ^ (y.to(tl.uint32) * _PRIME_Y) ^ (z.to(tl.uint32) * _PRIME_Z)
    hashed = mixed.to(tl.int32) & (size - 1)
    return tl.where(wide * wide * wide <= size, dense, hashed)


@triton.jit
def _forward(points, table, resolutions, rows, samples, size, width, N: tl.constexpr):
    n = tl.program_id(0) * N + tl.arange(0, N)
    level = tl.program_id(1)
    there = n < samples
    f = tl.arange(0, _FEATURES)[None, :]
    resolution = tl.load(resolutions + level)
    x, fx = cell(tl.load(points + n * 3, mask=there, other=0.0), resolution)
    y, fy = cell(tl.load(points + n * 3 + 1, mask=there, other=0.0), resolution)
    z, fz = cell(tl.load(points + n * 3 + 2, mask=there, other=0.0), resolution)
    own = table + level * size * _FEATURES
    total = tl.zeros((N, _FEATURES), tl.float32)
    for k in tl.static_range(8):
        i, j, m = k & 1, (k >> 1) & 1, (k >> 2) & 1
        share = (fx if i else 1 - fx) * (fy if j else 1 - fy) * (fz if m else 1 - fz)
        at = row_of(x + i, y + j, z + m, resolution, size)
        total += share[:, None] * tl.load(own + at[:, None] * _FEATURES + f, mask=there[:, None], other=0.0)
    at = rows + n.to(tl.int64)[:, None] * width + level * _FEATURES + f
    tl.store(at, total.to(rows.dtype.element_ty), mask=there[:, None])


@triton.jit
def _backward(
    points,
    table,
    resolutions,
    rows,
    grad_table,
    grad_points,
    samples,
    size,
    width,
    LEVELS: tl.constexpr,
    FIXED: tl.constexpr,
    N: tl.constexpr,
):
    n = tl.program_id(0) * N + tl.arange(0, N)
    there = n < samples
    f = tl.arange(0, _FEATURES)[None, :]
    px = tl.load(points + n * 3, mask=there, other=0.0)
    py = tl.load(points + n * 3 + 1, mask=there, other=0.0)
    pz = tl.load(points + n * 3 + 2, mask=there, other=0.0)
    dx, dy, dz = tl.zeros((N,), tl.float32), tl.zeros((N,), tl.float32), tl.zeros((N,), tl.float32)
    for level in range(LEVELS):
        resolution = tl.load(resolutions + level)
        x, fx = cell(px, resolution)
        y, fy = cell(py, resolution)
        z, fz = cell(pz, resolution)
        first = level * size * _FEATURES
        at = rows + n.to(tl.int64)[:, None] * width + level * _FEATURES + f
        grad = tl.load(at, mask=there[:, None], other=0.0).to(tl.float32)
        ox, oy, oz = tl.zeros((N,), tl.float32), tl.zeros((N,), tl.float32), tl.zeros((N,), tl.float32)
        for k in tl.static_range(8):
            i, j, m = k & 1, (k >> 1) & 1, (k >> 2) & 1
            wx, wy, wz = (fx if i else 1 - fx), (fy if j else 1 - fy), (fz if m else 1 - fz)
            row = row_of(x + i, y + j, z + m, resolution, size)[:, None] * _FEATURES + f
            held = tl.load(table + first + row, mask=there[:, None], other=0.0)
            dot = tl.sum(held * grad, axis=1)
            if not FIXED:
                tl.atomic_add(grad_table + first + row, (wx * wy * wz)[:, None] * grad, mask=there[:, None])
            ox += (dot if i else -dot) * wy * wz
            oy += (dot if j else -dot) * wx * wz
            oz += (dot if m else -dot) * wx * wy
        scale = resolution.to(tl.float32)
        dx += ox * scale
        dy += oy * scale
        dz += oz * scale
    tl.store(grad_points + n * 3, dx, mask=there)
    tl.store(grad_points + n * 3 + 1, dy, mask=there)
    tl.store(grad_points + n * 3 + 2, dz, mask=there)


@lru_cache(maxsize=16)
def cells_of(resolutions: tuple[int, ...], device: torch.device) -> Tensor:
    """(levels,) int32 on a device."""
    return torch.tensor(resolutions, dtype=torch.int32, device=device)


def encode_into(points: Tensor, table: Tensor, resolutions: tuple[int, ...], rows: Tensor) -> None:
    """Features of (N, 3) points into the first columns of rows, (N, levels * FEATURES or more)."""
    if len(points):
        grid = (triton.cdiv(len(points), _AT_ONCE), len(resolutions))
        known = len(points), table.shape[1], rows.shape[1]
        _forward[grid](points, table, cells_of(resolutions, points.device), rows, *known, _AT_ONCE)


def encode_backward(
    points: Tensor, table: Tensor, resolutions: tuple[int, ...], rows: Tensor, grad_table: Tensor | None
) -> Tensor:
    """From the gradient of rows: adds to that of the table, unless it is None; returns that of the points, (N, 3)."""
    grad_points = torch.empty_like(points)
    if len(points):
        grid = (triton.cdiv(len(points), _AT_ONCE),)
        tables = table if grad_table is None else grad_table
        known = len(points), table.shape[1], rows.shape[1], len(resolutions)
        cells = cells_of(resolutions, points.device)
        _backward[grid](points, table, cells, rows, tables, grad_points, *known, grad_table is None, _AT_ONCE)
    return grad_points
