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

from ..device.rows_numba import row_adder, row_product
from .latents_numba import between
from .planes import CHANNELS, PAIRS
from .segments import Window

_add, _multiply = row_adder(CHANNELS), row_product(CHANNELS)


@njit(inline="always")
def _corners(
    row: float, column: float, rows: int, columns: int, step: int, first: int
) -> tuple[tuple[int, int, int, int], tuple[float, float, float, float]]:
    """Where the four knots around a place begin in a flat plane whose rows are `step` apart, and what each counts."""
    r0, r1, fr = between(row, rows)
    c0, c1, fc = between(column, columns)
    one, above, below = np.float32(1), first + r0 * step, first + r1 * step
    places = above + c0 * CHANNELS, above + c1 * CHANNELS, below + c0 * CHANNELS, below + c1 * CHANNELS
    return places, ((one - fr) * (one - fc), (one - fr) * fc, fr * (one - fc), fr * fc)


@njit(inline="always")
def _mix(out: Any, plane: Any, places: tuple[int, int, int, int], shares: tuple[float, float, float, float]) -> None:
    out[:] = 0
    for k in range(4):
        _add(out, 0, shares[k], plane, places[k])


@njit(inline="always")
def _found(
    points: Any,
    times: Any,
    n: int,
    space: Any,
    time: Any,
    size: int,
    first: int,
    knots: int,
    pair: int,
    axes: Any,
    where: Any,
    when: Any,
) -> Any:
    """Mixes sample n of a pair's planes into `where` and `when`; returns places and shares in space, then in time."""
    a, b, c = axes
    step = size * CHANNELS
    in_space, share = _corners(points[n, b], points[n, a], size, size, step, pair * size * step)
    begin = pair * step - first * len(PAIRS) * step
    in_time, part = _corners(times[n], points[n, c], knots, size, len(PAIRS) * step, begin)
    _mix(where, space, in_space, share)
    _mix(when, time, in_time, part)
    return in_space, share, in_time, part


@njit(nogil=True, cache=True, fastmath=True)
def _forward(
    points: Any,
    times: Any,
    space: Any,
    time: Any,
    size: int,
    first: int,
    knots: int,
    pair: int,
    axes: Any,
    rows: Any,
    column: int,
) -> None:
    """`space` and `time` are the planes of all pairs, flat; `column` is where in `rows`, of one dimension, to write.

    `time` begins with knot number `first` of `knots`.
    """
    width = len(rows) // max(len(times), 1)
    where, when = np.empty(CHANNELS, np.float32), np.empty(CHANNELS, np.float32)
    for n in range(len(times)):
        _found(points, times, n, space, time, size, first, knots, pair, axes, where, when)
        _multiply(rows, n * width + column, where, 0, when, 0)


@njit(nogil=True, cache=True, fastmath=True)
def _backward(
    points: Any,
    times: Any,
    space: Any,
    time: Any,
    size: int,
    knots: int,
    pair: int,
    axes: Any,
    rows: Any,
    column: int,
    grad_space: Any,
    grad_time: Any,
) -> None:
    width = len(rows) // max(len(times), 1)
    where, when = np.empty(CHANNELS, np.float32), np.empty(CHANNELS, np.float32)
    for n in range(len(times)):
        in_space, share, in_time, part = _found(
            points, times, n, space, time, size, 0, knots, pair, axes, where, when
        )  # fmt: skip
        _multiply(where, 0, where, 0, rows, n * width + column)
        _multiply(when, 0, when, 0, rows, n * width + column)
        for k in range(4):
            _add(grad_space, in_space[k], share[k], when, 0)
        for k in range(4):
            _add(grad_time, in_time[k], part[k], where, 0)


def planes_into(points: Tensor, place: Tensor, space: Tensor, time: Window, rows: Tensor, column: int) -> None:
    """Features of one level into 3 * CHANNELS columns of rows; the rest as `planes.planes_reference`."""
    flat = (part.view(-1).numpy() for part in (space, time.values))
    shared = points.numpy(), place.numpy(), *flat, space.shape[1], time.first, time.count
    for pair, axes in enumerate(PAIRS):
        _forward(*shared, pair, axes, rows.view(-1).numpy(), column + pair * CHANNELS)


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
    shared = points.numpy(), place.numpy(), *(part.view(-1).numpy() for part in (space, time))
    gradients = [part.view(-1).numpy() for part in (rows, grad_space, grad_time)]
    for pair, axes in enumerate(PAIRS):
        column_of_pair = column + pair * CHANNELS
        _backward(*shared, space.shape[1], time.shape[0], pair, axes, gradients[0], column_of_pair, *gradients[1:])
