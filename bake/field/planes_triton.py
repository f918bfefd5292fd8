"""The space-time planes' fast path on GPUs; `planes.planes_reference` is the definition.

A program has some samples, and of each all channels of the three pairs side by side, so that neighbouring threads read
neighbouring channels. Gradients are added up atomically, in any order: their last bits may differ from run to run.
"""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose types Python's checkers do not know.
from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor

from .latents_triton import between
from .planes import CHANNELS, PAIRS
from .segments import Window

_AT_ONCE = 16
_CHANNELS = tl.constexpr(CHANNELS)
_PLANES = len(PAIRS) * CHANNELS
COLUMNS = triton.next_power_of_2(_PLANES)
"""Columns of a tile with the channels of all pairs of a level, those behind the last unused."""


@triton.jit
def coordinates(x, y, z, pair):
    """Along the rows and columns of a pair's space plane, and along its axis that goes with time."""
    column = tl.where(pair == 2, y, x)
    row = tl.where(pair == 0, y, z)
    along = tl.where(pair == 0, z, tl.where(pair == 1, y, x))
    return row, column, along


@triton.jit
def space_corners(row, column, pair, channel, size):
    """Where the four knots around a place of a space plane lie, and the shares of row and column."""
    r0, r1, fr = between(row, size)
    c0, c1, fc = between(column, size)
    above, below = (pair * size + r0) * size, (pair * size + r1) * size
    a, b = (above + c0) * _CHANNELS + channel, (above + c1) * _CHANNELS + channel
    c, d = (below + c0) * _CHANNELS + channel, (below + c1) * _CHANNELS + channel
    return a, b, c, d, fr, fc


@triton.jit
def _time_corners(place, along, pair, channel, size, first, knots):
    t0, t1, ft = between(place, knots)
    c0, c1, fc = between(along, size)
    above, below = ((t0 - first) * 3 + pair) * size, ((t1 - first) * 3 + pair) * size
    a, b = (above + c0) * _CHANNELS + channel, (above + c1) * _CHANNELS + channel
    c, d = (below + c0) * _CHANNELS + channel, (below + c1) * _CHANNELS + channel
    return a, b, c, d, ft, fc


@triton.jit
def mixed(plane, a, b, c, d, fr, fc, used):
    """What a plane holds at four knots, interpolated; float32."""
    near = tl.load(plane + a, mask=used, other=0.0).to(tl.float32) * (1 - fc)
    near += tl.load(plane + b, mask=used, other=0.0).to(tl.float32) * fc
    far = tl.load(plane + c, mask=used, other=0.0).to(tl.float32) * (1 - fc)
    far += tl.load(plane + d, mask=used, other=0.0).to(tl.float32) * fc
    return near * (1 - fr) + far * fr


@triton.jit
def _add(plane, a, b, c, d, fr, fc, grad, used):
    tl.atomic_add(plane + a, grad * (1 - fr) * (1 - fc), mask=used)
    tl.atomic_add(plane + b, grad * (1 - fr) * fc, mask=used)
    tl.atomic_add(plane + c, grad * fr * (1 - fc), mask=used)
    tl.atomic_add(plane + d, grad * fr * fc, mask=used)


@triton.jit
def _run(
    points,
    places,
    space,
    time,
    rows,
    grad_space,
    grad_time,
    samples,
    size,
    first,
    knots,
    width,
    column,
    BACKWARD: tl.constexpr,
    C: tl.constexpr,
    N: tl.constexpr,
):
    n = (tl.program_id(0) * N + tl.arange(0, N))[:, None]
    c = tl.arange(0, C)[None, :]
    pair, channel = c // _CHANNELS, c % _CHANNELS
    there = n < samples
    used = there & (pair < 3)
    x = tl.load(points + n * 3, mask=there, other=0.0)
    y = tl.load(points + n * 3 + 1, mask=there, other=0.0)
    z = tl.load(points + n * 3 + 2, mask=there, other=0.0)
    place = tl.load(places + n, mask=there, other=0.0)
    row, across, along = coordinates(x, y, z, pair)
    sa, sb, sc, sd, fr, fc = space_corners(row, across, pair, channel, size)
    ta, tb, tc, td, ft, fa = _time_corners(place, along, pair, channel, size, first, knots)
    where = mixed(space, sa, sb, sc, sd, fr, fc, used)
    when = mixed(time, ta, tb, tc, td, ft, fa, used)
    at = rows + n.to(tl.int64) * width + column + c
    if BACKWARD:
        grad = tl.load(at, mask=used, other=0.0).to(tl.float32)
        _add(grad_space, sa, sb, sc, sd, fr, fc, grad * when, used)
        _add(grad_time, ta, tb, tc, td, ft, fa, grad * where, used)
    else:
        tl.store(at, (where * when).to(rows.dtype.element_ty), mask=used)


def planes_into(points: Tensor, place: Tensor, space: Tensor, time: Window, rows: Tensor, column: int) -> None:
    """Features of one level into 3 * CHANNELS columns of rows; the rest as `planes.planes_reference`."""
    if len(points):
        grid, of = (triton.cdiv(len(points), _AT_ONCE),), time.values.contiguous()
        known = len(points), space.shape[1], time.first, time.count, rows.shape[1], column
        _run[grid](points, place, space, of, rows, space, of, *known, False, COLUMNS, _AT_ONCE)


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
    if len(points):
        grid = (triton.cdiv(len(points), _AT_ONCE),)
        known = len(points), space.shape[1], 0, time.shape[0], rows.shape[1], column
        _run[grid](points, place, space, time, rows, grad_space, grad_time, *known, True, COLUMNS, _AT_ONCE)
