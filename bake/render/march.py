"""Volume rendering along rays, from rays to what they see."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..field.model import DENSITY_SCALE, Field
from .compositing import composite, median_depth
from .sampling import Box, Effort, Rays, Samples, place_samples


@dataclass(frozen=True)
class Marched:
    """What rays have seen. Colour is encoded as the footage is, premultiplied by alpha."""

    colour: Tensor
    """(R, 3)"""
    alpha: Tensor
    """(R,)"""
    depth: Tensor
    """(R,) ray parameter before which half of alpha lies (median); meaningless where alpha is 0."""
    spread: Tensor
    """(R,) how far apart the weight lies on the ray, in shares of the ray; 0 is one hard surface."""
    samples: Samples
    density: Tensor
    """(S,) of the samples, without gradient."""


def make_rays(field: Field, origins: Tensor, directions: Tensor, times: Tensor) -> Rays:
    """Rays with the span in which each can meet anything.

    Parameters
    ----------
    origins, directions : (R, 3) float32
        Capture space; directions need not be of unit length.
    times : (R,) float32 in [0, 1]
    """
    length = directions.norm(dim=-1)
    start, end = field.config.near / length, field.config.far / length
    if not field.config.opaque:
        safe = torch.where(directions.abs() < 1e-9, torch.full_like(directions, 1e-9), directions)
        one, two = (field.low - origins) / safe, (field.high - origins) / safe
        start = torch.maximum(start, torch.minimum(one, two).amax(-1))
        end = torch.minimum(end, torch.maximum(one, two).amin(-1))
    return Rays(origins, directions, times, start, end)


def march(field: Field, rays: Rays, effort: Effort, jitter: bool = False, crop: Box | None = None) -> Marched:
    """March rays through the field; differentiable in the field."""
    device = rays.start.device
    random = torch.rand(len(rays.start), 1 + effort.samples, device=device) if jitter else None
    with torch.no_grad():
        samples = place_samples(field, rays, effort, random, crop)
        ray = samples.ray()
        length = rays.directions.norm(dim=-1)
        towards = (rays.directions / length[:, None])[ray]
        step = samples.widths * (length / field.unit_length)[ray]
        middles, widths = _along(field, rays, samples, ray)
    density, colour = field(samples.unit, rays.times[ray], towards)
    optical = density * (DENSITY_SCALE * step)
    seen = composite(optical, colour, middles, widths, samples.counts)
    depth = median_depth(optical.detach(), samples)
    return Marched(seen.colour, seen.alpha, depth, seen.spread, samples, density.detach())


def _along(field: Field, rays: Rays, samples: Samples, ray: Tensor) -> tuple[Tensor, Tensor]:
    """Middle and width of each interval as shares of its ray's span, in the measure in which steps are even."""
    start, end = rays.start[ray], rays.end[ray]
    if not field.config.opaque:
        span = (end - start).clamp(min=1e-9)
        return ((samples.first + samples.last) / 2 - start) / span, samples.widths / span
    start = start.clamp(min=1e-6 * field.unit_length)
    span = torch.log(end / start).clamp(min=1e-9)
    first, last = torch.log(samples.first / start) / span, torch.log(samples.last / start) / span
    return (first + last) / 2, last - first
