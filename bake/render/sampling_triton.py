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
from torch import Tensor

from ..device.triton_ready import RAYS_A_PROGRAM
from ..field.model import DENSITY_SCALE, Field
from ..field.occupancy import Occupancy
from .sample_kernels_triton import emit_kernel, survey_kernel
from .sampling import Box, Effort, Rays, Samples

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
        block = RAYS_A_PROGRAM[device.type]
        sizes = (count, effort.steps, effort.samples, grid.cells)
        survey_kernel[(triton.cdiv(count, block),)](
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
        block = RAYS_A_PROGRAM[device.type]
        emit_kernel[(triton.cdiv(len(found.counts), block),)](
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
