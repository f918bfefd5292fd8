"""What a step learns from: some rays, what the footage says of them, and the loss between that and the field."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter, functional

from ..field.model import Field
from ..render.march import Marched, make_rays, march, share_of_span
from ..render.sampling import Effort
from .landmarks import FEWEST, Landmarks
from .optimiser import Gradients
from .pixels import Drawn, PixelPool
from .robust import Weighing, colour_loss, noise_loss
from .tracking import Sightings, tracking_loss

_COLOUR, _UNSURE, _ANCHOR = 5.0, 1e-3, 1.0
_SPREAD = {False: 0.002, True: 0.02}
"""Fog costs more where the world is opaque: a subject alone has soft edges, and its views tell fog from surface."""
_FAR = 1e-2
"""What nothing else decides, as a plain sky does not, is far: before a lens it would hide the rest from other views."""
_BEND, _ROUGH, _LATTICE = 1e-2, 1e-3, 1e-3
_STOPS, _STRENGTH = 1e-4, 5e-3


@dataclass(frozen=True)
class Batch:
    """The rays of a step, the planar depths of the first few of them, and the step's random numbers.

    jitter : (R, 1 + samples) and background : (R, 3), float32 in [0, 1); depths : (A,) with A <= R, or None.
    timeless : whether the step may tell instants apart by motion alone (see `Field.forward`).
    weighing : what the rays count for; None where all count alike.
    stops : (R, 3) by which the pictures are exposed; None where they are learnt, or nobody knows.
    """

    rays: Drawn
    depths: Tensor | None
    jitter: Tensor
    background: Tensor
    timeless: bool = False
    weighing: Weighing | None = None
    stops: Tensor | None = None

    @property
    def wanted(self) -> Tensor:
        """(R, 3) what the footage shows over the background.

        Before a background that nobody can foresee only true opacity gives the right colour.
        """
        alpha = self.rays.rgba[:, 3:]
        return self.rays.rgba[:, :3] * alpha + self.background * (1 - alpha)

    def part(self, own: Tensor) -> Batch:
        """Some of the rays, (K,) int64 in rising order, with those of the depths that are theirs."""
        rays = Drawn(*(getattr(self.rays, field.name)[own] for field in fields(Drawn)))
        depths = None if self.depths is None else self.depths[own[own < len(self.depths)]]
        weighing = None if self.weighing is None else self.weighing.part(own)
        stops = None if self.stops is None else self.stops[own]
        return Batch(rays, depths, self.jitter[own], self.background[own], self.timeless, weighing, stops)

    def stops_of(self, field: Field) -> Tensor | None:
        """(R, 3) as they are known or learnt; None where all pictures count as exposed alike."""
        if self.stops is not None or field.exposures is None:
            return self.stops
        return field.exposures()[self.rays.frames]


@dataclass(frozen=True)
class Learnt:
    """Loss of colour of some rays, (), gradients of all that is optimised, and what the rays saw, if there were any.

    errors : (R,) mean over the channels of how far each colour is off, where rays are weighed.
    """

    loss: Tensor
    gradients: Gradients
    seen: Marched | None = None
    errors: Tensor | None = None


@dataclass(frozen=True)
class Anchors:
    """Pixels whose depth is known from landmarks: numbers in the pool (A,) and planar depth (A,)."""

    pixel: Tensor
    depth: Tensor

    @classmethod
    def of(cls, landmarks: Landmarks, pool: PixelPool, device: torch.device) -> Anchors | None:
        """None where there are too few."""
        if len(landmarks) < FEWEST:
            return None
        frame, pixel = (torch.from_numpy(v).to(device) for v in (landmarks.frame, landmarks.pixel))
        index, kept = pool.find(frame, pixel)
        depth = torch.from_numpy(landmarks.depth.astype(np.float32)).to(device)
        return cls(index[kept], depth[kept]) if bool(kept.any()) else None


def learn(
    field: Field,
    parameters: list[Parameter],
    effort: Effort,
    batch: Batch,
    share: float,
    fraction: float | Tensor,
    room: int | None = None,
) -> Learnt:
    """Gradients of the loss of some rays.

    Parameters
    ----------
    share : float
        What these rays count for in their step.
    fraction : float
        How far the bake is, 0 to 1: landmarks lead at first and have little to say in the end.
    room : int or None
        As `march` has it.
    """
    drawn = batch.rays
    rays = make_rays(field, drawn.origins, drawn.directions, drawn.times)
    seen = march(field, rays, effort, batch.jitter, timeless=batch.timeless, room=room)
    alpha = drawn.rgba[:, 3:]
    wanted = batch.wanted
    stops = batch.stops_of(field)
    got = seen.over(batch.background, stops)
    if stops is not None:
        # What has clipped says only that it was at least so bright.
        clipped = (drawn.rgba >= 1)[:, :3] & (alpha >= 1)
        got = torch.where(clipped, torch.minimum(got, wanted), got)
    if seen.samples.complete is not None:
        # What was not looked at has nothing to say.
        got = torch.where(seen.samples.complete[:, None], got, wanted)
    loss = colour_loss(got, wanted, batch.weighing)
    opacity = seen.alpha.clamp(1e-5, 1 - 1e-5)
    unsure = -(opacity * opacity.log() + (1 - opacity) * (1 - opacity).log()).mean()
    total = _COLOUR * loss + _UNSURE * unsure + _SPREAD[field.config.opaque] * seen.spread.mean()
    if seen.sky is not None:
        total = total - _FAR * (seen.distance + 1 - seen.alpha).mean()
    if batch.depths is not None:
        first = torch.arange(len(batch.depths), device=alpha.device)
        place = share_of_span(field, rays, batch.depths, first)
        miss = functional.smooth_l1_loss(seen.distance[: len(first)], place, beta=0.02)
        total = total + _ANCHOR * (1 - 0.9 * fraction) * miss
    errors = None
    if field.noise is not None and batch.weighing is not None:
        errors = (got - wanted).detach().abs().mean(dim=-1)
        total = total + noise_loss(field.noise, drawn, got, wanted, batch.weighing.trust)
    # Rays that meet nothing have nothing to teach a field that has no sky to learn.
    nothing: Gradients = (None,) * len(parameters)
    gradients = torch.autograd.grad(total * share, parameters, allow_unused=True) if total.requires_grad else nothing
    return Learnt(loss.detach() * share, gradients, seen.detached(), errors)


def smooth(field: Field, parameters: list[Parameter], found: Sightings | None, fraction: float) -> Learnt:
    """Gradients of what keeps codes smooth over space and time and things on their ways: few views share an instant."""
    rough, bend = field.planes.roughness()
    total = _ROUGH * rough + _BEND * bend + _LATTICE * field.lattice.roughness()
    if field.exposures is not None and field.exposures.learns:
        total = total + _STOPS * field.exposures.size()
    if field.noise is not None:
        total = total + _STRENGTH * field.noise.size()
    if found is not None:
        total = total + tracking_loss(field, found, fraction)
    return Learnt(torch.zeros(()), torch.autograd.grad(total, parameters, allow_unused=True))
