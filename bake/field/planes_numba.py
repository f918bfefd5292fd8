"""The space-time planes' fast path on CPUs; `planes.planes_reference` is the definition.

Work is split by level and pair of planes, so that each gradient is summed by one thread in the order of the points.
"""

# mypy: ignore-errors
# Kernels are compiled by numba, whose scalar arithmetic NumPy's type stubs do not describe.
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from ..device.threads import chunks, run_together
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
    first: int,
    last: int,
    out: Any,
    col: int,
) -> None:
    one = np.float32(1.0)
    a, b, c = axes
    for n in range(first, last):
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


class _Planes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, points: Tensor, places: list[Tensor], *planes: Tensor) -> Tensor:
        points, levels = points.contiguous(), len(places)
        times = [place.detach().contiguous().numpy() for place in places]
        out = torch.empty(points.shape[0], levels * len(PAIRS) * CHANNELS)
        p, o = points.detach().numpy(), out.numpy()
        run_together(
            [
                partial(_forward, p, times[level], space[pair], time, pair, PAIRS[pair], a, b, o, column * CHANNELS)
                for level, column, pair, space, time in _jobs(planes, levels)
                for a, b in chunks(points.shape[0])
            ]
        )
        ctx.save_for_backward(points, *planes)
        ctx.times = times
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        points, *planes = ctx.saved_tensors
        levels, p, grad = len(ctx.times), points.detach().numpy(), grads[0].contiguous().numpy()
        sums = [torch.zeros_like(plane) for plane in planes]
        run_together(
            [
                partial(
                    _backward, p, ctx.times[level], space[pair], time, pair, PAIRS[pair], grad, column * CHANNELS,
                    gs[pair], gt,
                )
                for (level, column, pair, space, time), (_, _, _, gs, gt) in zip(
                    _jobs(planes, levels), _jobs(sums, levels), strict=True
                )
            ]
        )  # fmt: skip
        return None, None, *sums


def _jobs(planes: Any, levels: int) -> list[tuple[int, int, int, Any, Any]]:
    """Level, column block, pair, space planes and time planes of every piece of work; pieces share no gradient."""
    arrays = [plane.detach().numpy() for plane in planes]
    return [
        (level, level * len(PAIRS) + pair, pair, arrays[level], arrays[levels + level])
        for level in range(levels)
        for pair in range(len(PAIRS))
    ]


def planes_numba(points: Tensor, places: list[Tensor], space: list[Tensor], time: list[Tensor]) -> Tensor:
    """As `planes_reference`, on the CPU, float32; points and places get no gradient."""
    features: Tensor = _Planes.apply(points, places, *space, *time)
    return features
