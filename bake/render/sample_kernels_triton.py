"""The two walks along rays by which `sampling_triton` places samples: one counts them, one draws them."""

# mypy: ignore-errors
# Kernels are compiled by Triton, whose language Python's types do not describe.
from __future__ import annotations

import triton
import triton.language as tl

from .grid_walk_triton import cell_at, crop_along, into_cube, ray_in_box, step_bound, weighed, within_slab
from .sampling import SPREAD

_SPREAD, _CROWDED = tl.constexpr(SPREAD), tl.constexpr(1 - SPREAD)


@triton.jit(do_not_specialize=["rays", "steps", "samples", "cells", "row"])
def survey_kernel(
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
    ax, ay, az, bx, by, bz, t0, span, length = ray_in_box(
        origins, directions, start, end, ray, mask, cx, cy, cz, hx, hy, hz, unit_length, OPAQUE
    )
    shift = tl.full([BLOCK], 0.5, tl.float32)
    if JITTERED:
        shift = tl.load(jitter + ray.to(tl.int64) * row, mask=mask, other=0.5)
    own_part = tl.load(part + ray, mask=mask, other=0)
    own = grid + own_part.to(tl.int64) * (cells * cells * cells)
    x0, y0, z0, x1, y1, z1 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if CROPPED:
        x0, x1 = crop_along(crop, 0, cx, hx)
        y0, y1 = crop_along(crop, 1, cy, hy)
        z0, z1 = crop_along(crop, 2, cz, hz)
    alive = mask & (span > 0.0)
    first = tl.full([BLOCK], 0, tl.int32)
    last = tl.full([BLOCK], 0, tl.int32) + steps
    if not OPAQUE:
        enters, leaves = t0, t0 + span
        if BOXED:
            box = boxes + own_part * 6
            ex, lx = within_slab(
                ax, bx, tl.load(box, mask=mask, other=0.0), tl.load(box + 3, mask=mask, other=0.0), enters, leaves
            )
            ex, lx = within_slab(
                ay, by, tl.load(box + 1, mask=mask, other=0.0), tl.load(box + 4, mask=mask, other=0.0), ex, lx
            )
            ex, lx = within_slab(
                az, bz, tl.load(box + 2, mask=mask, other=0.0), tl.load(box + 5, mask=mask, other=0.0), ex, lx
            )
            # What a box takes for empty is so for steps up to a length.
            known = span * length <= longest * steps.to(tl.float32)
            enters, leaves = tl.where(known, ex, enters), tl.where(known, lx, leaves)
        if CROPPED:
            enters, leaves = within_slab(ax, bx, x0, x1, enters, leaves)
            enters, leaves = within_slab(ay, by, y0, y1, enters, leaves)
            enters, leaves = within_slab(az, bz, z0, z1, enters, leaves)
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
    left = step_bound(t0, span, m, steps, OPAQUE)
    right = step_bound(t0, span, m + 1, steps, OPAQUE)
    t = left + (right - left) * shift
    ux, uy, uz, cell = cell_at(ax + bx * t, ay + by * t, az + bz * t, x0, y0, z0, x1, y1, z1, cells, OPAQUE, CROPPED)
    crossed = tl.full([BLOCK], 0.0, tl.float32)
    before = tl.full([BLOCK], -1.0, tl.float32)
    here = tl.full([BLOCK], -1.0, tl.float32)
    summed = tl.full([BLOCK], 0.0, tl.float32)
    kept = tl.full([BLOCK], 0, tl.int32)
    begin = tl.full([BLOCK], 0, tl.int32) + steps
    busy = tl.max(alive.to(tl.int32), axis=0)
    while (m < stop) & (busy > 0):
        after = step_bound(t0, span, m + 2, steps, OPAQUE)
        t = right + (after - right) * shift
        vx, vy, vz, next_cell = cell_at(
            ax + bx * t, ay + by * t, az + bz * t, x0, y0, z0, x1, y1, z1, cells, OPAQUE, CROPPED
        )
        ex, ey, ez = vx - ux, vy - uy, vz - uz
        # The last step has none behind it and takes what the one before crossed.
        crossed = tl.where(m < steps - 1, tl.sqrt(ex * ex + ey * ey + ez * ez) * cells.to(tl.float32), crossed)
        weight, passed = weighed(own, cell, right - left, length, crossed, passed, thinnest, shortest, solid)
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
def emit_kernel(
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
    ax, ay, az, bx, by, bz, t0, span, length = ray_in_box(
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
        x0, x1 = crop_along(crop, 0, cx, hx)
        y0, y1 = crop_along(crop, 1, cy, hy)
        z0, z1 = crop_along(crop, 2, cz, hz)
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
    left = step_bound(t0, span, m, steps, OPAQUE)
    right = step_bound(t0, span, m + 1, steps, OPAQUE)
    t = left + (right - left) * shift
    ux, uy, uz, cell = cell_at(ax + bx * t, ay + by * t, az + bz * t, x0, y0, z0, x1, y1, z1, cells, OPAQUE, CROPPED)
    crossed = tl.full([BLOCK], 0.0, tl.float32)
    before = tl.full([BLOCK], -1.0, tl.float32)
    here = tl.full([BLOCK], -1.0, tl.float32)
    seen = tl.full([BLOCK], 0, tl.int32)
    number = tl.full([BLOCK], 0, tl.int32)
    placed = tl.full([BLOCK], 0, tl.int32)
    total = tl.full([BLOCK], 0.0, tl.float32)
    # Not the very value that `left` begins as: Triton would not carry both through the loop.
    behind = step_bound(t0, span, m, steps, OPAQUE)
    length_before = tl.full([BLOCK], 0.0, tl.float32)
    covered = tl.full([BLOCK], 0.0, tl.float32)
    edge = t0
    busy = tl.max(count, axis=0)
    # A step's share takes the weight of the one behind it, so that samples are written one step late.
    while (m <= steps) & (busy > 0):
        after = step_bound(t0, span, m + 2, steps, OPAQUE)
        t = right + (after - right) * shift
        vx, vy, vz, next_cell = cell_at(
            ax + bx * t, ay + by * t, az + bz * t, x0, y0, z0, x1, y1, z1, cells, OPAQUE, CROPPED
        )
        ex, ey, ez = vx - ux, vy - uy, vz - uz
        crossed = tl.where(m < steps - 1, tl.sqrt(ex * ex + ey * ey + ez * ez) * cells.to(tl.float32), crossed)
        weight, passed = weighed(own, cell, right - left, length, crossed, passed, thinnest, shortest, solid)

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
            px, py, pz = into_cube(ax + bx * place, ay + by * place, az + bz * place, OPAQUE)
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
