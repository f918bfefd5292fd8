"""Where along rays to look at the field: skip what is empty, stop behind what is solid, look closely at surfaces.

The occupancy grid is the proposal (Barron et al. 2022, Mip-NeRF 360, section 3, with a grid in place of their network).
A ray is cut into steps; the grid's density gives each step a weight by volume rendering; samples are drawn by the
inverse of the weights' cumulative distribution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..device.triton_ready import has_kernels
from ..field.model import DENSITY_SCALE, Field

Box = tuple[Tensor, Tensor]

SOLID = 1e-3
"""Transmittance of the grid behind which nothing is looked at, unless an effort says so."""
THICKEST = 0.7
"""Optical depth that one cell of the grid may claim: it knows its densest point, not how much of it is filled."""
FEWEST = 8
"""Samples of a ray below which pictures fall apart."""
FEWEST_STEPS = 64
"""Of a ray: as many as the occupancy has cells along an edge, unless it is made otherwise."""
SPREAD = 0.3
"""Share of the samples that is spread evenly over all steps that are not empty."""


@dataclass(frozen=True)
class Effort:
    """How closely rays are looked at.

    Parameters
    ----------
    steps : int
        Cuts of a ray at which the grid is asked.
    samples : int
        The most samples of the field that a ray gets.
    solid : float
        Transmittance of the grid behind which nothing is looked at, where the field is bounded. The grid knows a cell's
        densest point of a stretch of time, so what it takes for solid may be thin: looked through too early, subjects
        have holes. In an opaque world it is SOLID, for what lies behind is never empty and would take the samples.
    """

    steps: int
    samples: int
    solid: float = SOLID

    @property
    def thinnest(self) -> float:
        """Optical depth below which a step counts as empty; what is lost on a whole ray stays small.

        A step counts as no shorter than its share of the unit length, lest the corners of solids be lost.
        """
        return 0.5 / self.steps

    def share(self, samples: float, steps: float = 1.0) -> Effort:
        """The same with shares of samples and steps, but no fewer than pictures need, or than there were."""
        return replace(
            self,
            samples=max(round(self.samples * samples), min(self.samples, FEWEST)),
            steps=max(round(self.steps * steps), min(self.steps, FEWEST_STEPS)),
        )

    def ends_at(self, opaque: bool) -> float:
        """`solid` as it holds for a field."""
        return SOLID if opaque else self.solid


@dataclass(frozen=True)
class Rays:
    """Rays in capture space.

    origins, directions : (R, 3) float32; directions need not be of unit length, and the ray parameter counts in it.
    times : (R,) float32 in [0, 1] over the shot.
    start, end : (R,) float32, ray parameters; an empty span has its end before its start.
    blind : (R,) bool, which of them see nothing at all, not even a sky; None where all see.
    """

    origins: Tensor
    directions: Tensor
    times: Tensor
    start: Tensor
    end: Tensor
    blind: Tensor | None = None


@dataclass(frozen=True)
class Samples:
    """Samples of all rays, one ray after the other, near to far.

    counts : (R,) int64, samples of each ray.
    places : (S,) float32, ray parameter of each sample.
    first, last : (S,) float32, ray parameters of the ends of the interval that the sample stands for.
    widths : (S,) float32, ray parameter covered by that interval, gaps between its ends left out.
    unit : (S, 3) float32, the samples in the unit cube.
    owners : (S,) int64, the ray of each sample, where that is known. Behind the last sample of all rays there may be
        others then, of no width, which belong to nothing.
    complete : (R,) bool, which rays have all their samples, where room for them was short; None where all have.
    """

    counts: Tensor
    places: Tensor
    first: Tensor
    last: Tensor
    widths: Tensor
    unit: Tensor
    owners: Tensor | None = None
    complete: Tensor | None = None

    def ray(self) -> Tensor:
        """(S,) int64, the ray of each sample."""
        if self.owners is not None:
            return self.owners
        return torch.repeat_interleave(torch.arange(len(self.counts), device=self.counts.device), self.counts)


def place_samples(
    field: Field,
    rays: Rays,
    effort: Effort,
    jitter: Tensor | None = None,
    crop: Box | None = None,
    room: int | None = None,
) -> Samples:
    """Place samples on rays; nothing here is differentiable.

    Parameters
    ----------
    jitter : (R, 1 + samples) float32 in [0, 1) or None
        Random numbers that move the steps and each sample; None for the middle, in pictures: there the field says how
        many samples and steps it needs.
    crop : two corners (3,) or None
        Box in capture space outside which nothing is seen.
    room : int or None
        Of how many samples all rays together get at most; then there are as many, used or not, and nobody has to wait
        for a GPU to count them. For devices with kernels.
    """
    if jitter is None:
        effort = effort.share(field.config.samples_share, field.config.steps_share)
    if has_kernels(rays.start.device):
        from .sampling_triton import place_samples_triton

        return place_samples_triton(field, rays, effort, jitter, crop, room)
    if jitter is None:
        jitter = torch.full((len(rays.start), 1 + effort.samples), 0.5, device=rays.start.device)
    if rays.start.device.type == "cpu":
        from .sampling_numba import place_samples_numba

        return place_samples_numba(field, rays, effort, jitter, crop)
    return place_samples_reference(field, rays, effort, jitter, crop)


@torch.no_grad()
def place_samples_reference(field: Field, rays: Rays, effort: Effort, jitter: Tensor, crop: Box | None) -> Samples:
    """The definition, in plain torch; parameters as `place_samples`."""
    bounds = _step_bounds(field, rays, effort.steps)
    depths = _grid_depths(field, rays, bounds, effort, jitter[:, :1], crop)
    kept, mass = _proposal(depths, effort.ends_at(field.config.opaque))
    lengths = torch.where(kept, bounds.diff(dim=1), 0)
    counts = kept.sum(dim=1).clamp(max=effort.samples)
    number = torch.arange(effort.samples + 1, device=bounds.device)
    share = (number / counts.clamp(min=1)[:, None]).clamp(max=1)
    inner = (number[:-1] + jitter[:, 1:]) / counts.clamp(min=1)[:, None]
    edges, covered = _inverse(mass, bounds, lengths, share)
    places, _ = _inverse(mass, bounds, lengths, inner.clamp(max=1))
    used = number[:-1] < counts[:, None]
    ray = used.nonzero()[:, 0]
    place = places[used]
    unit, _ = field.to_unit(rays.origins[ray] + rays.directions[ray] * place[:, None])
    return Samples(counts, place, edges[:, :-1][used], edges[:, 1:][used], covered.diff(dim=1)[used], unit)


def _step_bounds(field: Field, rays: Rays, steps: int) -> Tensor:
    """(R, steps + 1) ray parameters: evenly spaced, or in geometric progression where the world has no end."""
    along = torch.linspace(0, 1, steps + 1, device=rays.start.device)
    start, end = rays.start[:, None], torch.maximum(rays.start, rays.end)[:, None]
    if not field.config.opaque:
        return start + (end - start) * along
    start = start.clamp(min=1e-6 * field.unit_length)
    return start * (end / start).clamp(min=1) ** along


def _grid_depths(field: Field, rays: Rays, bounds: Tensor, effort: Effort, jitter: Tensor, crop: Box | None) -> Tensor:
    """(R, steps) optical depth of each step by the grid; 0 where nothing is."""
    widths = bounds.diff(dim=1)
    places = bounds[:, :-1] + widths * jitter
    points = (rays.origins[:, None] + rays.directions[:, None] * places[..., None]).reshape(-1, 3)
    unit, inside = field.to_unit(points)
    if crop is not None:
        inside &= ((points >= crop[0]) & (points <= crop[1])).all(-1)
    grid = field.occupancy
    when = rays.times[:, None].expand_as(places).reshape(-1)
    part = grid.part(when)
    held, first = grid.around(part)
    density = held.view(-1)[(part - first) * grid.cells**3 + grid.cell(unit)].reshape(places.shape)
    density = density * DENSITY_SCALE
    length = widths * rays.directions.norm(dim=1, keepdim=True) / field.unit_length
    holds = (
        inside.reshape(places.shape) & (widths > 0) & (density * length.clamp(min=1 / effort.steps) > effort.thinnest)
    )
    path = unit.reshape(*places.shape, 3)
    crossed = (path[:, 1:] - path[:, :-1]).norm(dim=-1) * grid.cells
    crossed = torch.cat([crossed, crossed[:, -1:]], dim=1)
    return torch.where(holds, torch.minimum(density * length, THICKEST * crossed.clamp(max=1)), 0)


def _proposal(depths: Tensor, solid: float) -> tuple[Tensor, Tensor]:
    """Which steps are looked at, and the share of the samples that each gets; (R, steps) both."""
    before = torch.exp(-torch.cat([torch.zeros_like(depths[:, :1]), depths.cumsum(dim=1)[:, :-1]], dim=1))
    kept = (depths > 0) & (before > solid)
    weights = torch.where(kept, before * -torch.expm1(-depths), 0)
    near = torch.nn.functional.max_pool1d(weights[:, None], 3, stride=1, padding=1)[:, 0]
    near = torch.where(kept, near, 0)
    near = near / near.sum(dim=1, keepdim=True).clamp(min=1e-12)
    even = kept / kept.sum(dim=1, keepdim=True).clamp(min=1)
    return kept, (1 - SPREAD) * near + SPREAD * even


def _inverse(mass: Tensor, bounds: Tensor, lengths: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """Where the cumulated mass reaches a share: (R, K) ray parameters, and the kept length up to there."""
    total = torch.nn.functional.pad(mass.cumsum(dim=1), (1, 0))
    share = share * total[:, -1:]
    step = (torch.searchsorted(total, share, right=False) - 1).clamp(0, mass.shape[1] - 1)
    inner = ((share - total.gather(1, step)) / mass.gather(1, step).clamp(min=1e-12)).clamp(0, 1)
    length = torch.nn.functional.pad(lengths.cumsum(dim=1), (1, 0))
    left, right = bounds.gather(1, step), bounds.gather(1, step + 1)
    return left + (right - left) * inner, length.gather(1, step) + (right - left) * inner
