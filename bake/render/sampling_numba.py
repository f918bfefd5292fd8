"""The sampler's fast path on CPUs; `sampling.place_samples_reference` is the definition."""

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
from ..field.model import DENSITY_SCALE, Field
from .sampling import SPREAD, THICKEST, Box, Effort, Rays, Samples

_NO_CROP = np.array([[-np.inf] * 3, [np.inf] * 3], dtype=np.float32)
_ONE = np.float32(1)
_BOXES_KEPT = 256


@njit(inline="always")
def _contracted(x: float, y: float, z: float, opaque: bool) -> tuple[float, float, float]:
    """Centred and scaled coordinates into the unit cube, as `space.to_unit_cube`."""
    if opaque:
        far = max(abs(x), abs(y), abs(z))
        if far > 1:
            shrink = (np.float32(2) - _ONE / far) / far
            x, y, z = x * shrink, y * shrink, z * shrink
        x, y, z = x / np.float32(2), y / np.float32(2), z / np.float32(2)
    half = np.float32(0.5)
    x, y, z = x * half + half, y * half + half, z * half + half
    zero = np.float32(0)
    return min(max(x, zero), _ONE), min(max(y, zero), _ONE), min(max(z, zero), _ONE)


@njit(nogil=True, cache=True, fastmath={"contract", "arcp", "nsz"})
def _trace(
    start: Any,
    along: Any,
    bounds: Any,
    shift: float,
    box: Any,
    opaque: bool,
    cells: int,
    first: int,
    last_step: int,
    path: Any,
    cell: Any,
) -> None:
    """The unit cube along a ray, from a step to before another: places (3, steps), and cells, -1 where nothing can be.

    `start` and `along` are the ray in centred and scaled coordinates, `box` what may be seen of these. There are no
    branches, so that the loop becomes vector instructions.
    """
    half, one, zero, size = np.float32(0.5), np.float32(1), np.float32(0), np.float32(cells)
    last = np.int32(cells - 1)
    ax, ay, az, bx, by, bz = start[0], start[1], start[2], along[0], along[1], along[2]
    x0, y0, z0, x1, y1, z1 = box[0, 0], box[0, 1], box[0, 2], box[1, 0], box[1, 1], box[1, 2]
    for m in range(first, last_step):
        t = bounds[m] + (bounds[m + 1] - bounds[m]) * shift
        x, y, z = ax + bx * t, ay + by * t, az + bz * t
        inside = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1) & (z >= z0) & (z <= z1)
        if opaque:
            far = max(max(abs(x), abs(y)), max(abs(z), one))
            shrink = half * (np.float32(2) - one / far) / far
            x, y, z = x * shrink, y * shrink, z * shrink
        x = min(max(x * half + half, zero), one)
        y = min(max(y * half + half, zero), one)
        z = min(max(z * half + half, zero), one)
        path[0, m], path[1, m], path[2, m] = x, y, z
        i, j, k = min(np.int32(x * size), last), min(np.int32(y * size), last), min(np.int32(z * size), last)
        cell[m] = (k * np.int32(cells) + j) * np.int32(cells) + i if inside else np.int32(-1)


@njit(inline="always")
def _within(start: Any, along: Any, box: Any, first: float, last: float) -> tuple[float, float]:
    """From where to where a ray, in the coordinates of `box`, is in it; the end is before the start if it never is."""
    for axis in range(3):
        if along[axis] == 0:
            if start[axis] < box[0, axis] or start[axis] > box[1, axis]:
                return last, first
            continue
        one, two = (box[0, axis] - start[axis]) / along[axis], (box[1, axis] - start[axis]) / along[axis]
        first, last = max(first, min(one, two)), min(last, max(one, two))
    return first, last


@njit(nogil=True, cache=True)
def _filled(grid: Any, least: float, out: Any) -> None:
    """The box (2, 3) of the cells denser than `least` of one part, (cells, cells, cells), in [-1, 1]."""
    cells = grid.shape[0]
    out[0, :], out[1, :] = cells, -1
    for k in range(cells):
        for j in range(cells):
            for i in range(cells):
                if grid[k, j, i] > least:
                    out[0, 0], out[1, 0] = min(out[0, 0], i), max(out[1, 0], i)
                    out[0, 1], out[1, 1] = min(out[0, 1], j), max(out[1, 1], j)
                    out[0, 2], out[1, 2] = min(out[0, 2], k), max(out[1, 2], k)
    for axis in range(3):
        # A hair wider: what is rounded must not fall outside.
        out[0, axis] = (out[0, axis] - np.float32(0.01)) * 2 / cells - 1
        out[1, axis] = (out[1, axis] + np.float32(1.01)) * 2 / cells - 1


@njit(nogil=True, cache=True, fastmath={"contract", "arcp", "nsz"})
def _weigh(
    bounds: Any,
    length: float,
    grid: Any,
    cells: int,
    thinnest: float,
    solid: float,
    path: Any,
    cell: Any,
    first: int,
    last: int,
    out: Any,
) -> int:
    """Weights (steps,) of a ray's steps by the grid, -1 where nothing is looked at; returns how many are.

    Those before `first` and from `last` on stay as they are: nothing is looked at there.
    """
    steps = out.shape[0]
    shortest, scale = np.float32(1 / steps), np.float32(DENSITY_SCALE)
    passed, kept = _ONE, 0
    out[first:last] = -1
    for m in range(first, last):
        if cell[m] < 0 or passed <= solid:
            continue
        density = grid[np.uintp(cell[m])] * scale
        width = bounds[m + 1] - bounds[m]
        if density * max(width * length, shortest) <= thinnest:
            continue
        a = min(m, steps - 2)
        ux, uy, uz = path[0, a + 1] - path[0, a], path[1, a + 1] - path[1, a], path[2, a + 1] - path[2, a]
        crossed = min(np.float32(np.sqrt(ux * ux + uy * uy + uz * uz)) * np.float32(cells), _ONE)
        depth = min(density * width * length, np.float32(THICKEST) * crossed)
        if depth <= 0:
            continue
        stopped = -np.expm1(-depth)
        out[m] = passed * stopped
        passed *= _ONE - stopped
        kept += 1
    return kept


@njit(nogil=True, cache=True, fastmath={"contract", "arcp", "nsz"})
def _place(  # noqa: C901
    origins: Any,
    directions: Any,
    start: Any,
    end: Any,
    part: Any,
    grid: Any,
    filled: Any,
    centre: Any,
    half: Any,
    crop: Any,
    opaque: bool,
    unit_length: float,
    jitter: Any,
    steps: int,
    thinnest: float,
    solid: float,
    first_ray: int,
    last_ray: int,
    counts: Any,
    out: Any,
) -> None:
    """`out` (R, samples, 4): place, first, last, width. `filled` (P, 2, 3) is the box of what each part holds."""
    samples = out.shape[1]
    bounds = np.empty(steps + 1, np.float32)
    depths = np.empty(steps, np.float32)
    weights = np.empty(steps, np.float32)
    totals = np.empty(steps + 1, np.float32)
    path = np.empty((3, steps), np.float32)
    cell = np.empty(steps, np.int32)
    ahead, along = np.empty(3, np.float32), np.empty(3, np.float32)
    cells = grid.shape[1]
    box = np.empty((2, 3), np.float32)
    for axis in range(3):
        box[0, axis] = (crop[0, axis] - centre[axis]) / half[axis]
        box[1, axis] = (crop[1, axis] - centre[axis]) / half[axis]
        if not opaque:
            box[0, axis], box[1, axis] = max(box[0, axis], -_ONE), min(box[1, axis], _ONE)
    tiny = np.float32(1e-6) * np.float32(unit_length)
    for r in range(first_ray, last_ray):
        counts[r] = 0
        t0 = start[r]
        t1 = end[r]
        if opaque:
            t0 = max(t0, tiny)
        if not t1 > t0:
            continue
        for axis in range(3):
            ahead[axis] = (origins[r, axis] - centre[axis]) / half[axis]
            along[axis] = directions[r, axis] / half[axis]
        first, last = 0, steps
        if not opaque:
            enters, leaves = _within(ahead, along, filled[part[r]], t0, t1)
            if not leaves >= enters:
                continue
            a_step = (t1 - t0) / np.float32(steps)
            first = min(max(int((enters - t0) / a_step) - 2, 0), steps - 2)
            last = min(int((leaves - t0) / a_step) + 3, steps)
        if opaque:
            growth = np.float32((t1 / t0) ** (1.0 / steps))
            t = t0
            for m in range(steps + 1):
                bounds[m] = t
                t *= growth
        else:
            bounds[0] = t0
            for m in range(first, min(last + 2, steps + 1)):
                bounds[m] = t0 + (t1 - t0) * np.float32(m / steps)
        dx, dy, dz = directions[r, 0], directions[r, 1], directions[r, 2]
        length = np.float32(np.sqrt(dx * dx + dy * dy + dz * dz) / unit_length)
        _trace(ahead, along, bounds, jitter[r, 0], box, opaque, cells, first, min(last + 1, steps), path, cell)
        own = grid[part[r]].reshape(-1)
        kept = _weigh(bounds, length, own, cells, thinnest, solid, path, cell, first, last, weights)
        if kept == 0:
            continue
        summed = np.float32(0)
        for m in range(first, last):
            near = np.float32(0)
            if weights[m] >= 0:
                near = weights[m]
                if m > first:
                    near = max(near, weights[m - 1])
                if m < last - 1:
                    near = max(near, weights[m + 1])
            depths[m] = near
            summed += near
        totals[first] = 0
        for m in range(first, last):
            mass = np.float32(0)
            if weights[m] >= 0:
                mass = np.float32(_ONE - SPREAD) * depths[m] / max(summed, np.float32(1e-12)) + np.float32(
                    SPREAD
                ) / np.float32(kept)
            totals[m + 1] = totals[m] + mass
        count = min(kept, samples)
        counts[r] = count
        total = totals[last]
        m = first
        length_before = np.float32(0)
        edge = bounds[0]
        covered = np.float32(0)
        for n in range(1, count + 1):
            # Place of sample n - 1 first, then the edge behind it; both walk the same steps.
            for turn in range(2):
                share = (np.float32(n - 1) + jitter[r, n]) if turn == 0 else np.float32(n)
                share = min(share / np.float32(count), _ONE) * total
                while m < last - 1 and totals[m + 1] < share:
                    if weights[m] >= 0:
                        length_before += bounds[m + 1] - bounds[m]
                    m += 1
                mass = totals[m + 1] - totals[m]
                inner = min(max((share - totals[m]) / max(mass, np.float32(1e-12)), np.float32(0)), _ONE)
                width = (bounds[m + 1] - bounds[m]) * inner
                t = bounds[m] + width
                if turn == 0:
                    out[r, n - 1, 0] = t
                else:
                    reached = length_before + width
                    out[r, n - 1, 1] = edge
                    out[r, n - 1, 2] = t
                    out[r, n - 1, 3] = reached - covered
                    edge = t
                    covered = reached


@njit(nogil=True, cache=True)
def _pack(
    origins: Any,
    directions: Any,
    centre: Any,
    half: Any,
    opaque: bool,
    counts: Any,
    offsets: Any,
    padded: Any,
    first_ray: int,
    last_ray: int,
    packed: Any,
    unit: Any,
) -> None:
    for r in range(first_ray, last_ray):
        for n in range(counts[r]):
            s = offsets[r] + n
            t = padded[r, n, 0]
            for field in range(4):
                packed[field, s] = padded[r, n, field]
            x = (origins[r, 0] + directions[r, 0] * t - centre[0]) / half[0]
            y = (origins[r, 1] + directions[r, 1] * t - centre[1]) / half[1]
            z = (origins[r, 2] + directions[r, 2] * t - centre[2]) / half[2]
            x, y, z = _contracted(x, y, z, opaque)
            unit[s, 0], unit[s, 1], unit[s, 2] = x, y, z


def place_samples_numba(field: Field, rays: Rays, effort: Effort, jitter: Tensor, crop: Box | None) -> Samples:
    """As `sampling.place_samples_reference`, on the CPU."""
    origins, directions = rays.origins.contiguous().numpy(), rays.directions.contiguous().numpy()
    start, end = rays.start.contiguous().numpy(), rays.end.contiguous().numpy()
    part = field.occupancy.part(rays.times)
    held, first = field.occupancy.around(part)
    centre, half = ((field.low + field.high) / 2).numpy(), ((field.high - field.low) / 2).numpy()
    box = _NO_CROP if crop is None else torch.stack(crop).numpy()
    opaque = field.config.opaque
    counts = np.empty(len(start), dtype=np.int64)
    padded = np.empty((len(start), effort.samples, 4), dtype=np.float32)
    filled = _filled_boxes(field, held, first, part, _thinnest_cell(field, rays, effort))
    shared = (origins, directions, start, end, (part - first).numpy(), held.numpy(), filled, centre, half, box, opaque)
    shared += (field.unit_length, jitter.contiguous().numpy(), effort.steps, effort.thinnest)
    shared += (effort.ends_at(opaque),)
    pieces = chunks(len(start), smallest=32)
    run_together([partial(_place, *shared, a, b, counts, padded) for a, b in pieces])
    offsets = np.concatenate([[0], np.cumsum(counts)])
    packed, unit = torch.empty(4, int(offsets[-1])), torch.empty(int(offsets[-1]), 3)
    shared = (origins, directions, centre, half, opaque, counts, offsets, padded)
    run_together([partial(_pack, *shared, a, b, packed.numpy(), unit.numpy()) for a, b in pieces])
    place, first, last, width = packed
    return Samples(torch.from_numpy(counts), place, first, last, width, unit)


def _thinnest_cell(field: Field, rays: Rays, effort: Effort) -> float:
    """Density up to which a cell counts as empty for every one of the rays."""
    if len(rays.start) == 0:
        return 0.0
    lengths = (rays.end - rays.start) * rays.directions.norm(dim=1) / (field.unit_length * effort.steps)
    return 0.99 * effort.thinnest / (DENSITY_SCALE * max(float(lengths.max()), 1 / effort.steps))


def _filled_boxes(field: Field, held: Tensor, first: int, part: Tensor, least: float) -> Any:
    """(K, 2, 3) float32: of the parts that rays are in, the box of what they hold, as `_filled` has it.

    Parameters
    ----------
    held : (K, cells, cells, cells)
        The parts from number `first` on.
    """
    boxes = np.empty((len(held), 2, 3), dtype=np.float32)
    if field.config.opaque:
        return boxes
    known = field.occupancy.boxes
    # Looser boxes are right as well, so that pictures of one quality share them: powers of two.
    level = float(np.floor(np.log2(least))) if least > 0 else -np.inf
    for number in part.unique().tolist():
        key = (number, level, held._version, held.data_ptr())
        # Other threads may clear what is known meanwhile.
        found = known.get(key)
        if found is None:
            found = np.empty((2, 3), dtype=np.float32)
            _filled(held[number - first].numpy(), np.float32(2.0**level), found)
            if len(known) > _BOXES_KEPT:
                known.clear()
            known[key] = found
        boxes[number - first] = found
    return boxes
