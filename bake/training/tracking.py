"""Motion found by following things: the deformation is held to smooth and nearly rigid ways through the shot.

In every step, points that rays have met get their canonical names from the deformation. From many such sightings the
trajectories learn where each name goes; they are smooth in time and keep shapes, so that what contradicts the rest is
averaged out. In turn the deformation learns to give a thing the same name wherever, by its trajectory, it is at another
instant, and to give a place another name if the trajectory of the one it has does not lead there: else a thing could be
in several places at once. Nobody is told the truth: what is left is the motion that explains all instants together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..field.model import Field
from ..render.march import Marched

_BEGIN = 0.1
"""How far the bake is when trajectories begin to have a say."""
_POINTS = 1024
_MET = 0.1
"""Optical depth from which a sample has met something."""
_FIT, _RIGID, _SAME, _OWN = 10.0, 5e-3, 1.0, 1.0
_BESIDE = 0.02
"""Distance of neighbours that is to be kept, edges of the unit cube."""


@dataclass(frozen=True)
class Sightings:
    """Points that rays have met, and the random numbers that are needed to learn from them.

    unit : (N, 3), in the unit cube; time and other : (N,) in [0, 1], two instants of one segment.
    aside : (N, 3), steps to a neighbour.
    """

    unit: Tensor
    time: Tensor
    other: Tensor
    aside: Tensor


def sightings(field: Field, times: Sequence[Tensor], seen: Sequence[Marched]) -> Sightings | None:
    """Some of what the rays of a step have met; None where nothing is followed, or nothing was met.

    Parameters
    ----------
    times : sequence of (R,) float32
        Of the rays of each part of the step.
    """
    if field.trajectories is None:
        return None
    unit, time = [], []
    for own, found in zip(times, seen, strict=True):
        chosen = _chosen(found.optical > _MET, _POINTS // len(seen))
        unit.append(found.samples.unit[chosen])
        time.append(own[found.samples.ray()[chosen]])
    when = torch.cat(time)
    if len(when) == 0:
        return None
    segment, _ = field.trajectories.segment_of(when)
    other = (segment + torch.rand_like(when)) / field.config.segments
    return Sightings(torch.cat(unit), when, other, _BESIDE * torch.randn(len(when), 3, device=when.device))


def _chosen(met: Tensor, count: int) -> Tensor:
    """Numbers of samples that have met something, (N,) bool, at random; none where there are none."""
    if met.device.type == "cpu":
        number = met.nonzero()[:, 0]
        return number[torch.randint(len(number), (count,))] if len(number) else number
    # Counting them would wait for the GPU. Where none has met anything, any will do for a step.
    reached = met.cumsum(0)
    return torch.searchsorted(reached, (torch.rand(count, device=met.device) * reached[-1]).long(), right=True).clamp(
        max=len(met) - 1
    )


def tracks(fraction: float) -> bool:
    """Whether trajectories have a say yet, as far as the bake is."""
    return fraction >= _BEGIN


def tracking_loss(field: Field, found: Sightings, fraction: float) -> Tensor:
    """What is left of contradictions; its gradients reach the trajectories, and through `canonical` the deformation.

    Parameters
    ----------
    fraction : float
        How far the bake is, 0 to 1.
    """
    ways = field.trajectories
    if ways is None:
        return torch.zeros(())
    named = field.canonical(found.unit, found.time)
    name = named.detach()
    segment, _ = ways.segment_of(found.time)
    # Few large operations, since each costs more than its arithmetic.
    names = torch.cat([name, name + found.aside])
    series = ways.series(names, segment.repeat(2))
    there, beside = ways.place(names, series, found.other.repeat(2)).chunk(2)
    here = ways.place(name, series[: len(name)], found.time)
    length = found.aside.norm(dim=-1)
    fit = functional.smooth_l1_loss(here, found.unit, beta=0.01)
    rigid = ((beside - there).norm(dim=-1) / length - 1).abs().mean()
    total = _FIT * fit + _RIGID * rigid
    if not tracks(fraction):
        return total
    same = (field.canonical(there.detach().clamp(0, 1), found.other) - name).abs().mean()
    # Names lie about as far apart as the places their trajectories lead to.
    passing = name - (here.detach() - found.unit)
    return total + _SAME * same + _OWN * (named - passing).abs().mean()
