"""Volume rendering along rays: where to sample, and how samples become colour and depth."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..field.model import Field


@dataclass(frozen=True)
class Marched:
    """What rays have seen. Colour is encoded as the footage is, premultiplied by alpha."""

    colour: Tensor
    """(R, 3)"""
    alpha: Tensor
    """(R,)"""
    depth: Tensor
    """(R,) ray parameter at which half of the light is stopped (median); meaningless where alpha < 0.5."""
    shaded: int
    """Number of samples that were evaluated."""


def ray_spans(field: Field, origins: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    """Ray parameters between which a ray can meet anything; empty spans have the end before the start.

    Parameters
    ----------
    origins, directions : (R, 3) float32
        Capture space; directions need not be of unit length, and the parameter counts in their length.
    """
    length = directions.norm(dim=-1)
    start, end = field.config.near / length, field.config.far / length
    if field.config.opaque:
        return start, end
    safe = torch.where(directions.abs() < 1e-9, torch.full_like(directions, 1e-9), directions)
    one, two = (field.low - origins) / safe, (field.high - origins) / safe
    entry = torch.minimum(one, two).amax(-1)
    leave = torch.maximum(one, two).amin(-1)
    return torch.maximum(start, entry), torch.minimum(end, leave)


def march(
    field: Field,
    origins: Tensor,
    directions: Tensor,
    times: Tensor,
    spans: tuple[Tensor, Tensor],
    samples: int,
    jitter: bool,
    crop: tuple[Tensor, Tensor] | None = None,
) -> Marched:
    """March rays (R, 3) at instants (R,) in [0, 1] through the field; differentiable in the field.

    Weights are those of Max, Optical Models for Direct Volume Rendering, 1995, with samples piecewise constant.
    """
    start, end = spans
    count = origins.shape[0]
    edges = torch.linspace(0, 1, samples + 1, device=origins.device).expand(count, -1)
    if field.config.opaque:
        # Evenly spaced in disparity, mixed with evenly spaced in depth, as both near and far matter.
        ratio = (end / start.clamp(min=1e-6))[:, None]
        bounds = start[:, None] * ratio.clamp(min=1.0) ** edges
    else:
        bounds = start[:, None] + (end - start).clamp(min=0)[:, None] * edges
    widths = bounds[:, 1:] - bounds[:, :-1]
    inner = torch.rand_like(widths) if jitter else torch.full_like(widths, 0.5)
    places = bounds[:, :-1] + widths * inner
    with torch.no_grad():
        points = (origins[:, None] + directions[:, None] * places[..., None]).reshape(-1, 3)
        unit, keep = field.to_unit(points)
        when = times[:, None].expand(-1, samples).reshape(-1)
        keep &= field.occupancy.occupied(unit, when) & (widths.reshape(-1) > 0)
        if crop is not None:
            keep &= ((points >= crop[0]) & (points <= crop[1])).all(-1)
        chosen = keep.nonzero()[:, 0]
        ray = chosen // samples
    length = directions.norm(dim=-1)
    towards = directions / length[:, None]
    density, colour = field(unit[chosen], when[chosen], towards[ray])
    step = widths.reshape(-1)[chosen] * length[ray] / field.unit_length
    optical = torch.zeros(count * samples, device=origins.device).index_put((chosen,), density * 8 * step)
    optical = optical.reshape(count, samples)
    passed = torch.exp(-optical.cumsum(dim=1))
    before = torch.cat([torch.ones_like(passed[:, :1]), passed[:, :-1]], dim=1)
    weights = before - passed
    summed = torch.zeros(count, 3, device=origins.device).index_add(
        0, ray, weights.reshape(-1)[chosen][:, None] * colour
    )
    return Marched(summed, 1 - passed[:, -1], _median(before, passed, bounds), int(chosen.numel()))


def _median(before: Tensor, passed: Tensor, bounds: Tensor) -> Tensor:
    """Where transmittance falls through one half, inside the sample by its exponential."""
    with torch.no_grad():
        index = (passed > 0.5).sum(dim=1).clamp(max=passed.shape[1] - 1)[:, None]
        high, low = before.gather(1, index), passed.gather(1, index)
        share = (torch.log(high.clamp(min=1e-9) / 0.5) / torch.log(high / low.clamp(min=1e-9)).clamp(min=1e-9)).clamp(
            0, 1
        )
        left, right = bounds.gather(1, index), bounds.gather(1, index + 1)
        return (left + (right - left) * share)[:, 0]
