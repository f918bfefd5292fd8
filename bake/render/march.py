"""Volume rendering along rays, from rays to what they see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..field.exposures import exposed
from ..field.model import DENSITY_SCALE, Field
from .compositing import composite, median_depth
from .sampling import Box, Effort, Rays, Samples, place_samples


@dataclass(frozen=True)
class Marched:
    """What rays have seen. Colour is encoded as the footage is, premultiplied by alpha."""

    colour: Tensor
    """(R, 3) of the field alone."""
    alpha: Tensor
    """(R,) of the field alone."""
    sky: Tensor | None
    """(R, 3) colour behind everything; None where nothing is known to be there."""
    distance: Tensor
    """(R,) mean place of the weight as a share of the ray's span (see `share_of_span`), times alpha."""
    spread: Tensor
    """(R,) how far apart the weight lies on the ray, in shares of the ray; 0 is one hard surface."""
    samples: Samples
    colours: Tensor
    """(S, 3) of the samples, without gradient."""
    density: Tensor
    """(S,) of the samples, without gradient."""
    optical: Tensor
    """(S,) optical depth of the samples' intervals, without gradient."""
    white: float = 1.0
    """What white is stored as, see `Encoding.white`."""
    blind: Tensor | None = None
    """(R,) bool as `Rays` has it."""

    @property
    def depth(self) -> Tensor:
        """(R,) ray parameter before which half of alpha lies (median); meaningless where alpha is 0."""
        return median_depth(self.optical, self.samples)

    def detached(self) -> Marched:
        """The same without gradient, so that nothing holds on to how it came about."""
        return replace(
            self,
            colour=self.colour.detach(),
            alpha=self.alpha.detach(),
            sky=None if self.sky is None else self.sky.detach(),
            distance=self.distance.detach(),
            spread=self.spread.detach(),
        )

    def over(self, background: Tensor | float, stops: Tensor | None = None) -> Tensor:
        """(R, 3) colour over the sky, or over `background` where there is none, exposed by (R, 3) stops, if any."""
        alpha = self.alpha[:, None]
        colour = self.colour if self.sky is None else self.colour + self.sky * (1 - alpha)
        if stops is not None:
            colour = exposed(colour, alpha if self.sky is None else torch.ones_like(alpha), stops, self.white)
        return colour + background * (1 - alpha) if self.sky is None else colour


class _ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, scale: Tensor) -> Tensor:
        ctx.save_for_backward(scale)
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        return grads[0] * ctx.saved_tensors[0], None


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
        # However far away somebody stands who looks at it.
        end = torch.maximum(one, two).amin(-1)
    return Rays(origins, directions, times, start, end)


def without_blind(rays: Rays, blind: NDArray[np.bool_]) -> Rays:
    """The same rays, of which those that are `blind`, (R,), see nothing; their direction does not matter."""
    if not blind.any():
        return rays
    told = torch.as_tensor(blind, device=rays.start.device)
    return replace(rays, end=torch.where(told, rays.start, rays.end), blind=told)


def march(
    field: Field,
    rays: Rays,
    effort: Effort,
    jitter: Tensor | None = None,
    crop: Box | None = None,
    timeless: bool = False,
    room: int | None = None,
) -> Marched:
    """March rays through the field; differentiable in the field.

    Parameters as `sampling.place_samples`, and `timeless` as `Field.forward`.
    """
    with torch.no_grad():
        samples = place_samples(field, rays, effort, jitter, crop, room)
        ray = samples.ray()
        length = rays.directions.norm(dim=-1)
        towards = (rays.directions / length[:, None])[ray]
        step = samples.widths * (length / field.unit_length)[ray]
        middles, widths = _along(field, rays, samples, ray)
    density, colour = field(samples.unit, rays.times[ray], towards, timeless)
    if field.config.opaque and density.requires_grad:
        # Cells near a camera are crossed by most of its rays and would take what belongs to surfaces behind
        # (Philip and Deschaintre 2023, Floaters No More).
        near = (samples.places * length[ray] / (field.unit_length / 4)).square().clamp(max=1)
        density, colour = _ScaleGradient.apply(density, near), _ScaleGradient.apply(colour, near[:, None])
    optical = density * (DENSITY_SCALE * step)
    seen = composite(optical, colour, middles, widths, samples.counts)
    sky = None if field.sky is None or crop is not None else field.sky(rays.directions / length[:, None])
    return Marched(
        seen.colour,
        seen.alpha,
        sky,
        seen.distance,
        seen.spread,
        samples,
        colour.detach(),
        density.detach(),
        optical.detach(),
        field.config.encoding.white,
        rays.blind,
    )


def _along(field: Field, rays: Rays, samples: Samples, ray: Tensor) -> tuple[Tensor, Tensor]:
    """Middle and width of each interval as shares of its ray's span."""
    first = share_of_span(field, rays, samples.first, ray)
    last = share_of_span(field, rays, samples.last, ray)
    return (first + last) / 2, last - first


def share_of_span(field: Field, rays: Rays, place: Tensor, ray: Tensor | None = None) -> Tensor:
    """Ray parameters as shares of the span, in the measure in which the sampler's steps are even.

    Parameters
    ----------
    place : (N,) float32
    ray : (N,) int64 or None
        Which ray each belongs to; None where there is one for each ray.
    """
    start, end = (rays.start, rays.end) if ray is None else (rays.start[ray], rays.end[ray])
    if not field.config.opaque:
        return (place - start) / (end - start).clamp(min=1e-9)
    start = start.clamp(min=1e-6 * field.unit_length)
    return torch.log(place.clamp(min=1e-9) / start) / torch.log(end / start).clamp(min=1e-9)
