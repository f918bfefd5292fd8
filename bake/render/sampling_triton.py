"""The sampler's fast path on GPUs; `sampling.place_samples_reference` is the definition.

One lane follows one ray, twice: first to count its samples, then, once it is known where they go, to write them. What
the steps found is not kept meanwhile, for looking at the grid again costs less than memory does.
"""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose language Python's types do not describe.
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from ..field.model import DENSITY_SCALE, Field
from ..field.occupancy import Occupancy
from .sampling import SPREAD, THICKEST, Box, Effort, Rays, Samples

_SCALE = tl.constexpr(DENSITY_SCALE)
_THICKEST = tl.constexpr(THICKEST)
_SPREAD = tl.constexpr(SPREAD)
_CROWDED = tl.constexpr(1 - SPREAD)
_BLOCK = {"cpu": 1024, "cuda": 32}
"""Rays of a program: one warp, so that rays wait for no others than their neighbours. On CPUs, where Triton interprets
kernels for tests, every program costs the same."""
_BOXES_KEPT = 256
_NOWHERE = 3.0
"""Beyond the cube in its centred coordinates."""


@dataclass(frozen=True)
class Survey:
    """What the first walk along rays has found, and all that the second has to know.

    counts : (R,) int64, samples of each ray.
    offsets : (R + 1,) int64, where each ray's samples begin, and how many there are of all.
    """

    counts: Tensor
    offsets: Tensor
    arrays: tuple[Tensor, ...]
    numbers: tuple[Any, ...]
    state: tuple[Tensor, ...]
    flags: dict[str, bool]


@dataclass(frozen=True)
class Drawn:
    """Samples as `Samples` has them, and their rays: (S,) int32."""

    places: Tensor
    first: Tensor
    last: Tensor
    widths: Tensor
    unit: Tensor
    ray: Tensor


@triton.jit
def _ray(origins, directions, start, end, ray, mask, cx, cy, cz, hx, hy, hz, unit_length, OPAQUE: tl.constexpr):
    """Rays in centred and scaled coordinates, start and direction; where steps begin and their span as `_bound` takes
    it; unit lengths per ray parameter."""
    dx = tl.load(directions + ray * 3, mask=mask, other=0.0)
    dy = tl.load(directions + ray * 3 + 1, mask=mask, other=0.0)
    dz = tl.load(directions + ray * 3 + 2, mask=mask, other=0.0)
    ax = (tl.load(origins + ray * 3, mask=mask, other=0.0) - cx) / hx
    ay = (tl.load(origins + ray * 3 + 1, mask=mask, other=0.0) - cy) / hy
    az = (tl.load(origins + ray * 3 + 2, mask=mask, other=0.0) - cz) / hz
    length = tl.sqrt(dx * dx + dy * dy + dz * dz) / unit_length
    t0 = tl.load(start + ray, mask=mask, other=0.0)
    t1 = tl.maximum(t0, tl.load(end + ray, mask=mask, other=0.0))
    span = t1 - t0
    if OPAQUE:
        t0 = tl.maximum(t0, unit_length * 1e-6)
        span = tl.log2(tl.maximum(t1 / t0, 1.0))
    return ax, ay, az, dx / hx, dy / hy, dz / hz, t0, span, length


@triton.jit
def _bound(t0, span, number, steps, OPAQUE: tl.constexpr):
    """Ray parameters at which a step begins."""
    share = tl.minimum(number, steps).to(tl.float32) / steps.to(tl.float32)
    t = t0 + span * share
    if OPAQUE:
        t = t0 * tl.exp2(span * share)
    return t


@triton.jit
def _unit(x, y, z, OPAQUE: tl.constexpr):
    """Centred and scaled coordinates into the unit cube, as `space.to_unit_cube`."""
    shrink = tl.full(x.shape, 0.5, tl.float32)
    if OPAQUE:
        far = tl.maximum(tl.maximum(tl.abs(x), tl.abs(y)), tl.maximum(tl.abs(z), 1.0))
        shrink = (2.0 - 1.0 / far) / far * 0.25
    x = tl.minimum(tl.maximum(x * shrink + 0.5, 0.0), 1.0)
    y = tl.minimum(tl.maximum(y * shrink + 0.5, 0.0), 1.0)
    z = tl.minimum(tl.maximum(z * shrink + 0.5, 0.0), 1.0)
    return x, y, z


@triton.jit
def _crop_of(crop, axis: tl.constexpr, centre, half):
    low = (tl.load(crop + axis) - centre) / half
    high = (tl.load(crop + 3 + axis) - centre) / half
    return low, high


@triton.jit
def _look(x, y, z, x0, y0, z0, x1, y1, z1, cells, OPAQUE: tl.constexpr, CROPPED: tl.constexpr):
    """Places in the unit cube, and their cells, -1 where nothing can be. `x0` to `z1` are the corners of the crop."""
    ux, uy, uz = _unit(x, y, z, OPAQUE)
    size = cells.to(tl.float32)
    i = tl.minimum((ux * size).to(tl.int32), cells - 1)
    j = tl.minimum((uy * size).to(tl.int32), cells - 1)
    k = tl.minimum((uz * size).to(tl.int32), cells - 1)
    cell = (k * cells + j) * cells + i
    if not OPAQUE:
        inside = (tl.abs(x) <= 1.0) & (tl.abs(y) <= 1.0) & (tl.abs(z) <= 1.0)
        cell = tl.where(inside, cell, -1)
    if CROPPED:
        within = (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1) & (z >= z0) & (z <= z1)
        cell = tl.where(within, cell, -1)
    return ux, uy, uz, cell


@triton.jit
def _weigh(grid, cell, width, length, crossed, passed, thinnest, shortest, solid):
    """Weights of steps by the grid, -1 where nothing is looked at, and what they let pass."""
    mask = (cell >= 0) & (passed > solid) & (width > 0.0)
    density = tl.load(grid + cell, mask=mask, other=0.0) * _SCALE
    long = width * length
    holds = density * tl.maximum(long, shortest) > thinnest
    depth = tl.where(holds, tl.minimum(density * long, tl.minimum(crossed, 1.0) * _THICKEST), 0.0)
    # Triton knows no expm1.
    thin = depth * (1.0 - depth * (0.5 - depth * (1.0 / 6 - depth * (1.0 / 24 - depth * (1.0 / 120)))))
    stopped = tl.where(depth < 0.1, thin, 1.0 - tl.exp(-depth))
    return tl.where(depth > 0.0, passed * stopped, -1.0), passed * (1.0 - stopped)


@triton.jit
def _within(a, b, low, high, enters, leaves):
    """From where to where rays, along one axis, are also between `low` and `high`."""
    flat = b == 0.0
    safe = tl.where(flat, 1.0, b)
    one, two = (low - a) / safe, (high - a) / safe
    misses = flat & ((a < low) | (a > high))
    enters = tl.where(flat, enters, tl.maximum(enters, tl.minimum(one, two)))
    leaves = tl.where(flat, leaves, tl.minimum(leaves, tl.maximum(one, two)))
    return enters, tl.where(misses, -1e30, leaves)


@triton.jit(do_not_specialize=["rays", "steps", "samples", "cells", "row"])
def _survey_kernel(
    origins,
    directions,
    start,
    end,
    part,
    grid,
    boxes,
    crop,
    jitter,
    row,
    rays,
    steps,
    samples,
    cells,
    cx,
    cy,
    cz,
    hx,
    hy,
    hz,
    unit_length,
    thinnest,
    solid,
    longest,
    counts,
    kept_out,
    summed_out,
    begin_out,
    OPAQUE: tl.constexpr,
    JITTERED: tl.constexpr,
    CROPPED: tl.constexpr,
    BOXED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    ray = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = ray < rays
    ax, ay, az, bx, by, bz, t0, span, length = _ray(
        origins, directions, start, end, ray, mask, cx, cy, cz, hx, hy, hz, unit_length, OPAQUE
    )
    shift = tl.full([BLOCK], 0.5, tl.float32)
    if JITTERED:
        shift = tl.load(jitter + ray.to(tl.int64) * row, mask=mask, other=0.5)
    own_part = tl.load(part + ray, mask=mask, other=0)
    own = grid + own_part.to(tl.int64) * (cells * cells * cells)
    x0, y0, z0, x1, y1, z1 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if CROPPED:
        x0, x1 = _crop_of(crop, 0, cx, hx)
        y0, y1 = _crop_of(crop, 1, cy, hy)
        z0, z1 = _crop_of(crop, 2, cz, hz)
    alive = mask & (span > 0.0)
    first = tl.full([BLOCK], 0, tl.int32)
    last = tl.full([BLOCK], 0, tl.int32) + steps
    if not OPAQUE:
        enters, leaves = t0, t0 + span
        if BOXED:
            box = boxes + own_part * 6
            ex, lx = _within(
                ax, bx, tl.load(box, mask=mask, other=0.0), tl.load(box + 3, mask=mask, other=0.0), enters, leaves
            )
            ex, lx = _within(
                ay, by, tl.load(box + 1, mask=mask, other=0.0), tl.load(box + 4, mask=mask, other=0.0), ex, lx
            )
            ex, lx = _within(
                az, bz, tl.load(box + 2, mask=mask, other=0.0), tl.load(box + 5, mask=mask, other=0.0), ex, lx
            )
            # What a box takes for empty is so for steps up to a length.
            known = span * length <= longest * steps.to(tl.float32)
            enters, leaves = tl.where(known, ex, enters), tl.where(known, lx, leaves)
        if CROPPED:
            enters, leaves = _within(ax, bx, x0, x1, enters, leaves)
            enters, leaves = _within(ay, by, y0, y1, enters, leaves)
            enters, leaves = _within(az, bz, z0, z1, enters, leaves)
        if BOXED or CROPPED:
            alive = alive & (leaves >= enters)
            per_step = steps.to(tl.float32) / tl.where(alive, span, 1.0)
            since = tl.where(alive, (enters - t0) * per_step, 0.0)
            until = tl.where(alive, (leaves - t0) * per_step, 0.0)
            first = tl.maximum(since.to(tl.int32) - 2, 0)
            last = tl.minimum(until.to(tl.int32) + 3, steps)

    m = tl.maximum(tl.minimum(tl.min(tl.where(alive, first, steps), axis=0), steps - 2), 0)
    stop = tl.max(tl.where(alive, last, 0), axis=0)
    shortest = 1.0 / steps.to(tl.float32)
    passed = tl.where(alive, 1.0, 0.0)
    left = _bound(t0, span, m, steps, OPAQUE)
    right = _bound(t0, span, m + 1, steps, OPAQUE)
    t = left + (right - left) * shift
    ux, uy, uz, cell = _look(ax + bx * t, ay + by * t, az + bz * t, x0, y0, z0, x1, y1, z1, cells, OPAQUE, CROPPED)
    crossed = tl.full([BLOCK], 0.0, tl.float32)
    before = tl.full([BLOCK], -1.0, tl.float32)
    here = tl.full([BLOCK], -1.0, tl.float32)
    summed = tl.full([BLOCK], 0.0, tl.float32)
    kept = tl.full([BLOCK], 0, tl.int32)
    begin = tl.full([BLOCK], 0, tl.int32) + steps
    busy = tl.max(alive.to(tl.int32), axis=0)
    while (m < stop) & (busy > 0):
        after = _bound(t0, span, m + 2, steps, OPAQUE)
        t = right + (after - right) * shift
        vx, vy, vz, next_cell = _look(
            ax + bx * t, ay + by * t, az + bz * t, x0, y0, z0, x1, y1, z1, cells, OPAQUE, CROPPED
        )
        ex, ey, ez = vx - ux, vy - uy, vz - uz
        # The last step has none behind it and takes what the one before crossed.
        crossed = tl.where(m < steps - 1, tl.sqrt(ex * ex + ey * ey + ez * ez) * cells.to(tl.float32), crossed)
        weight, passed = _weigh(own, cell, right - left, length, crossed, passed, thinnest, shortest, solid)
        summed += tl.where(here >= 0.0, tl.maximum(tl.maximum(before, here), weight), 0.0)
        begin = tl.where((weight >= 0.0) & (kept == 0), m, begin)
        kept += (weight >= 0.0).to(tl.int32)
        before = here
        here = weight
        left = right
        right = after
        ux, uy, uz = vx, vy, vz
        cell = tl.where(m < steps - 1, next_cell, -1)
        busy = tl.max((passed > solid).to(tl.int32), axis=0)
        m += 1
    summed += tl.where(here >= 0.0, tl.maximum(before, here), 0.0)
    tl.store(counts + ray, tl.minimum(kept, samples).to(tl.int64), mask=mask)
    tl.store(kept_out + ray, kept, mask=mask)
    tl.store(summed_out + ray, summed, mask=mask)
    tl.store(begin_out + ray, begin, mask=mask)


@triton.jit(do_not_specialize=["rays", "steps", "cells", "row", "column", "capacity"])
def _emit_kernel(
    origins,
    directions,
    start,
    end,
    part,
    grid,
    crop,
    jitter,
    row,
    column,
    rays,
    steps,
    cells,
    cx,
    cy,
    cz,
    hx,
    hy,
    hz,
    unit_length,
    thinnest,
    solid,
    counts,
    offsets,
    kept_in,
    summed_in,
    begin_in,
    capacity,
    places_out,
    first_out,
    last_out,
    widths_out,
    unit_out,
    ray_out,
    OPAQUE: tl.constexpr,
    JITTERED: tl.constexpr,
    CROPPED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    ray = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = ray < rays
    ax, ay, az, bx, by, bz, t0, span, length = _ray(
        origins, directions, start, end, ray, mask, cx, cy, cz, hx, hy, hz, unit_length, OPAQUE
    )
    own_jitter = jitter + ray.to(tl.int64) * row
    shift = tl.full([BLOCK], 0.5, tl.float32)
    if JITTERED:
        shift = tl.load(own_jitter, mask=mask, other=0.5)
    own_part = tl.load(part + ray, mask=mask, other=0)
    own = grid + own_part.to(tl.int64) * (cells * cells * cells)
    x0, y0, z0, x1, y1, z1 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if CROPPED:
        x0, x1 = _crop_of(crop, 0, cx, hx)
        y0, y1 = _crop_of(crop, 1, cy, hy)
        z0, z1 = _crop_of(crop, 2, cz, hz)
    count = tl.load(counts + ray, mask=mask, other=0).to(tl.int32)
    offset = tl.load(offsets + ray, mask=mask, other=0)
    kept = tl.load(kept_in + ray, mask=mask, other=0)
    summed = tl.maximum(tl.load(summed_in + ray, mask=mask, other=0.0), 1e-12)
    # Of all steps together, less than one where their weights are next to nothing.
    whole = _CROWDED * tl.minimum(tl.load(summed_in + ray, mask=mask, other=0.0) / summed, 1.0) + _SPREAD
    even = _SPREAD / tl.maximum(kept, 1).to(tl.float32)
    share_of_one = 1.0 / tl.maximum(count, 1).to(tl.float32)

    m = tl.min(tl.load(begin_in + ray, mask=mask, other=0x7FFFFFFF), axis=0)
    m = tl.maximum(tl.minimum(m, steps - 2), 0)
    shortest = 1.0 / steps.to(tl.float32)
    passed = tl.where(count > 0, 1.0, 0.0)
    left = _bound(t0, span, m, steps, OPAQUE)
    right = _bound(t0, span, m + 1, steps, OPAQUE)
    t = left + (right - left) * shift
    ux, uy, uz, cell = _look(ax + bx * t, ay + by * t, az + bz * t, x0, y0, z0, x1, y1, z1, cells, OPAQUE, CROPPED)
    crossed = tl.full([BLOCK], 0.0, tl.float32)
    before = tl.full([BLOCK], -1.0, tl.float32)
    here = tl.full([BLOCK], -1.0, tl.float32)
    seen = tl.full([BLOCK], 0, tl.int32)
    number = tl.full([BLOCK], 0, tl.int32)
    placed = tl.full([BLOCK], 0, tl.int32)
    total = tl.full([BLOCK], 0.0, tl.float32)
    # Not the very value that `left` begins as: Triton would not carry both through the loop.
    behind = _bound(t0, span, m, steps, OPAQUE)
    length_before = tl.full([BLOCK], 0.0, tl.float32)
    covered = tl.full([BLOCK], 0.0, tl.float32)
    edge = t0
    busy = tl.max(count, axis=0)
    # A step's share takes the weight of the one behind it, so that samples are written one step late.
    while (m <= steps) & (busy > 0):
        after = _bound(t0, span, m + 2, steps, OPAQUE)
        t = right + (after - right) * shift
        vx, vy, vz, next_cell = _look(
            ax + bx * t, ay + by * t, az + bz * t, x0, y0, z0, x1, y1, z1, cells, OPAQUE, CROPPED
        )
        ex, ey, ez = vx - ux, vy - uy, vz - uz
        crossed = tl.where(m < steps - 1, tl.sqrt(ex * ex + ey * ey + ez * ez) * cells.to(tl.float32), crossed)
        weight, passed = _weigh(own, cell, right - left, length, crossed, passed, thinnest, shortest, solid)

        near = tl.maximum(tl.maximum(before, here), weight)
        mass = tl.where(here >= 0.0, _CROWDED * near / summed + even, 0.0)
        reached = total + mass
        seen += (here >= 0.0).to(tl.int32)
        wide = left - behind
        # Were a step taken for empty that was not so before, for rounding, what is left would have to go somewhere.
        final = ((here >= 0.0) & (seen >= kept)) | (m >= steps)
        pending = (((here >= 0.0) | (m >= steps)) & (number < count)).to(tl.int32)
        more = tl.max(pending, axis=0)
        while more > 0:
            within = tl.full([BLOCK], 0.5, tl.float32)
            waits = (pending > 0) & (placed == 0)
            if JITTERED:
                within = tl.load(own_jitter + (number + 1).to(tl.int64) * column, mask=waits, other=0.5)
            share = tl.minimum((number.to(tl.float32) + within) * share_of_one, 1.0) * whole
            now = waits & ((share <= reached) | final)
            inner = tl.minimum(tl.maximum((share - total) / tl.maximum(mass, 1e-12), 0.0), 1.0)
            place = behind + wide * inner
            px, py, pz = _unit(ax + bx * place, ay + by * place, az + bz * place, OPAQUE)
            slot = offset + number
            fits = now & (slot < capacity)
            tl.store(places_out + slot, place, mask=fits)
            tl.store(unit_out + slot * 3, px, mask=fits)
            tl.store(unit_out + slot * 3 + 1, py, mask=fits)
            tl.store(unit_out + slot * 3 + 2, pz, mask=fits)
            tl.store(ray_out + slot, ray, mask=fits)
            placed = tl.where(now, 1, placed)

            ends = number + 1 >= count
            share = (number + 1).to(tl.float32) * share_of_one * whole
            now = (pending > 0) & (placed > 0) & (final | ((share <= reached) & (number + 1 < count)))
            inner = tl.minimum(tl.maximum((share - total) / tl.maximum(mass, 1e-12), 0.0), 1.0)
            inner = tl.where(ends, 1.0, inner)
            far = behind + wide * inner
            so_far = length_before + wide * inner
            fits = now & (slot < capacity)
            tl.store(first_out + slot, edge, mask=fits)
            tl.store(last_out + slot, far, mask=fits)
            tl.store(widths_out + slot, so_far - covered, mask=fits)
            edge = tl.where(now, far, edge)
            covered = tl.where(now, so_far, covered)
            placed = tl.where(now, 0, placed)
            number += now.to(tl.int32)
            pending = (now & (number < count)).to(tl.int32)
            more = tl.max(pending, axis=0)
        length_before += tl.where(here >= 0.0, wide, 0.0)
        total = reached
        before = here
        here = weight
        behind = left
        left = right
        right = after
        ux, uy, uz = vx, vy, vz
        cell = tl.where(m < steps - 1, next_cell, -1)
        busy = tl.max((number < count).to(tl.int32), axis=0)
        m += 1


@torch.no_grad()
def place_samples_triton(
    field: Field, rays: Rays, effort: Effort, jitter: Tensor | None, crop: Box | None, room: int | None = None
) -> Samples:
    """As `sampling.place_samples_reference`; without `jitter` all is in the middle. `room` as `place_samples`."""
    found = survey(field, rays, effort, jitter, crop)
    if room is not None:
        drawn = emit(found, room, blank=True)
        counts = (room - found.offsets[:-1]).clamp(min=0).minimum(found.counts)
        along = drawn.places, drawn.first, drawn.last, drawn.widths, drawn.unit
        return Samples(counts, *along, drawn.ray.long(), found.offsets[1:] <= room)
    drawn = emit(found, int(found.offsets[-1]))
    return Samples(found.counts, drawn.places, drawn.first, drawn.last, drawn.widths, drawn.unit)


@torch.no_grad()
def survey(field: Field, rays: Rays, effort: Effort, jitter: Tensor | None, crop: Box | None) -> Survey:
    """Count the samples of rays; the host waits for nothing, unless time was added to the shot or streams from a file.

    Parameters as `place_samples_triton`.
    """
    config, grid, device = field.config, field.occupancy, rays.start.device
    part = grid.part(rays.times)
    if type(grid)._from_to is Occupancy._from_to:
        held, first = grid.density, 0
    else:
        held, first = grid.around(part)
    held = held.contiguous()
    # The field's own corners lie on the device, and asking for them would wait for it.
    edges = [high - low for low, high in zip(config.low, config.high, strict=True)]
    centre = [(low + high) / 2 for low, high in zip(config.low, config.high, strict=True)]
    unit_length = sum(edges) / 3
    # Without jitter it is a picture, and many are made of one grid; in training every step has another.
    boxed = not config.opaque and jitter is None
    longest = 1.01 * sum(edge**2 for edge in edges) ** 0.5 / unit_length / effort.steps
    least = 0.99 * effort.thinnest / (DENSITY_SCALE * max(longest, 1 / effort.steps))
    start = rays.start.contiguous()
    arrays = (
        rays.origins.contiguous(),
        rays.directions.contiguous(),
        start,
        rays.end.contiguous(),
        (part - first).int(),
        held,
    )
    boxes = _boxes(field, held, first, least) if boxed else start
    cropped = start if crop is None else torch.cat([crop[0], crop[1]]).to(start)
    jitters = start if jitter is None else jitter
    row, column = (0, 0) if jitter is None else jitter.stride()
    space = (*centre, *(edge / 2 for edge in edges), unit_length)
    limits = (effort.thinnest, float(effort.ends_at(config.opaque)))
    count = len(start)
    counts = torch.empty(count, dtype=torch.int64, device=device)
    kept, begin = torch.empty(2, count, dtype=torch.int32, device=device)
    summed = torch.empty(count, device=device)
    flags = {"OPAQUE": config.opaque, "JITTERED": jitter is not None, "CROPPED": crop is not None}
    if count:
        block = _BLOCK[device.type]
        sizes = (count, effort.steps, effort.samples, grid.cells)
        _survey_kernel[(triton.cdiv(count, block),)](
            *arrays,
            boxes,
            cropped,
            jitters,
            row,
            *sizes,
            *space,
            *limits,
            longest,
            counts,
            kept,
            summed,
            begin,
            **flags,
            BOXED=boxed,
            BLOCK=block,
            num_warps=1,
        )
    offsets = torch.nn.functional.pad(counts.cumsum(0), (1, 0))
    numbers = (row, column, count, effort.steps, grid.cells, *space, *limits)
    return Survey(counts, offsets, (*arrays, cropped, jitters), numbers, (kept, summed, begin), flags)


@torch.no_grad()
def emit(found: Survey, capacity: int, blank: bool = False) -> Drawn:
    """Draw the samples that were counted.

    Parameters
    ----------
    capacity : int
        How many there is room for; those behind are lost.
    blank : bool
        Whether what is left of the room is filled with noughts.
    """
    device = found.counts.device
    make = torch.zeros if blank else torch.empty
    places, first, last, widths = (make(capacity, device=device) for _ in range(4))
    unit = make(capacity, 3, device=device)
    ray = make(capacity, dtype=torch.int32, device=device)
    if len(found.counts) and capacity:
        block = _BLOCK[device.type]
        _emit_kernel[(triton.cdiv(len(found.counts), block),)](
            *found.arrays,
            *found.numbers,
            found.counts,
            found.offsets,
            *found.state,
            capacity,
            places,
            first,
            last,
            widths,
            unit,
            ray,
            **found.flags,
            BLOCK=block,
            num_warps=1,
        )
    return Drawn(places, first, last, widths, unit, ray)


def _boxes(field: Field, held: Tensor, first: int, least: float) -> Tensor:
    """(K, 2, 3) float32: of parts, the boxes of the cells denser than `least`, in [-1, 1], or beyond if there are none.

    Parameters
    ----------
    held : (K, cells, cells, cells)
        The parts from number `first` on.
    """
    known, cells = field.occupancy.boxes, field.occupancy.cells
    key = ("triton", first, len(held), least, held._version, held.data_ptr())
    # Other threads may clear what is known meanwhile.
    found = known.get(key)
    if found is not None:
        return found
    corners = []
    for others in ((1, 2), (1, 3), (2, 3)):
        filled = held.amax(dim=others) > least
        low = filled.int().argmax(dim=1)
        high = cells - filled.int().flip(1).argmax(dim=1)
        # A hair wider: what is rounded must not fall outside.
        ends = torch.stack([low - 0.01, high + 0.01], dim=1) * (2 / cells) - 1
        corners.append(torch.where(filled.any(dim=1)[:, None], ends, _NOWHERE))
    found = torch.stack(corners, dim=2).float().contiguous()
    if len(known) > _BOXES_KEPT:
        known.clear()
    known[key] = found
    return found
