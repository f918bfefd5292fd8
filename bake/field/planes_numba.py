"""The space-time planes' fast path on CPUs; `planes.planes_reference` is the definition.

Pair by pair and in the order of the points, so that equal input gives equal bits. Cores share out samples (see
`device.threads`), not these loops.
"""

# mypy: ignore-errors
# Kernels are compiled by numba, whose scalar arithmetic NumPy's type stubs do not describe.
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from torch import Tensor

from .planes import CHANNELS, PAIRS


@njit(inline="always")
def _knot(value: float, count: int) -> tuple[int, int, float]:
    scaled = min(max(value, np.float32(0.0)), np.float32(1.0)) * np.float32(count - 1)
    knot = min(int(scaled), max(count - 2, 0))
    return knot, min(knot + 1, count - 1), scaled - np.float32(knot)


@njit(nogil=True, cache=True, fastmath=True)
def _forward(
    points: Any,
    times: Any,
    space: Any,
    time: Any,
    pair: int,
    axes: tuple[int, int, int],
    out: Any,
    col: int,
) -> None:
    one = np.float32(1.0)
    a, b, c = axes
    for n in range(points.shape[0]):
        x0, x1, fx = _knot(points[n, a], space.shape[1])
        y0, y1, fy = _knot(points[n, b], space.shape[0])
        z0, z1, fz = _knot(points[n, c], time.shape[2])
        t0, t1, ft = _knot(times[n], time.shape[0])
        s00, s01, s10, s11 = (one - fy) * (one - fx), (one - fy) * fx, fy * (one - fx), fy * fx
        w00, w01, w10, w11 = (one - ft) * (one - fz), (one - ft) * fz, ft * (one - fz), ft * fz
        for f in range(CHANNELS):
            where = s00 * space[y0, x0, f] + s01 * space[y0, x1, f] + s10 * space[y1, x0, f] + s11 * space[y1, x1, f]
            when = (
                w00 * time[t0, pair, z0, f]
                + w01 * time[t0, pair, z1, f]
                + w10 * time[t1, pair, z0, f]
                + w11 * time[t1, pair, z1, f]
            )
            out[n, col + f] = where * when


@njit(nogil=True, cache=True, fastmath=True)
def _backward(
    points: Any,
    times: Any,
    space: Any,
    time: Any,
    pair: int,
    axes: tuple[int, int, int],
    grad: Any,
    col: int,
    grad_space: Any,
    grad_time: Any,
) -> None:
    one = np.float32(1.0)
    a, b, c = axes
    for n in range(points.shape[0]):
        x0, x1, fx = _knot(points[n, a], space.shape[1])
        y0, y1, fy = _knot(points[n, b], space.shape[0])
        z0, z1, fz = _knot(points[n, c], time.shape[2])
        t0, t1, ft = _knot(times[n], time.shape[0])
        s00, s01, s10, s11 = (one - fy) * (one - fx), (one - fy) * fx, fy * (one - fx), fy * fx
        w00, w01, w10, w11 = (one - ft) * (one - fz), (one - ft) * fz, ft * (one - fz), ft * fz
        for f in range(CHANNELS):
            where = s00 * space[y0, x0, f] + s01 * space[y0, x1, f] + s10 * space[y1, x0, f] + s11 * space[y1, x1, f]
            when = (
                w00 * time[t0, pair, z0, f]
                + w01 * time[t0, pair, z1, f]
                + w10 * time[t1, pair, z0, f]
                + w11 * time[t1, pair, z1, f]
            )
            g_where = grad[n, col + f] * when
            g_when = grad[n, col + f] * where
            grad_space[y0, x0, f] += s00 * g_where
            grad_space[y0, x1, f] += s01 * g_where
            grad_space[y1, x0, f] += s10 * g_where
            grad_space[y1, x1, f] += s11 * g_where
            grad_time[t0, pair, z0, f] += w00 * g_when
            grad_time[t0, pair, z1, f] += w01 * g_when
            grad_time[t1, pair, z0, f] += w10 * g_when
            grad_time[t1, pair, z1, f] += w11 * g_when


def planes_into(points: Tensor, place: Tensor, space: Tensor, time: Tensor, rows: Tensor, column: int) -> None:
    """Features of one level into 3 * CHANNELS columns of rows; the rest as `planes.planes_reference`."""
    p, t, out, across, along = (part.numpy() for part in (points, place, rows, space, time))
    for pair, axes in enumerate(PAIRS):
        _forward(p, t, across[pair], along, pair, axes, out, column + pair * CHANNELS)


def planes_backward(
    points: Tensor,
    place: Tensor,
    space: Tensor,
    time: Tensor,
    rows: Tensor,
    column: int,
    grad_space: Tensor,
    grad_time: Tensor,
) -> None:
    """From the gradient of rows: adds to those of one level's planes; points and places get none."""
    p, t, grad, across, along = (part.numpy() for part in (points, place, rows, space, time))
    to_space, to_time = grad_space.numpy(), grad_time.numpy()
    for pair, axes in enumerate(PAIRS):
        _backward(p, t, across[pair], along, pair, axes, grad, column + pair * CHANNELS, to_space[pair], to_time)
