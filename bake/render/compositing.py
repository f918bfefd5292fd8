"""From samples of many rays, one ray after the other, to what the rays see.

Weights are those of Max 1995, Optical Models for Direct Volume Rendering, with density constant in each interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..device.triton_ready import has_kernels
from .sampling import Samples


@dataclass(frozen=True)
class Composited:
    """What rays see.

    colour : (R, 3) premultiplied by alpha.
    alpha : (R,)
    distance : (R,) mean of the middles by weight, not divided by alpha.
    spread : (R,) how far apart along the ray its weight lies (Barron et al. 2022, Mip-NeRF 360, equation 15).
    """

    colour: Tensor
    alpha: Tensor
    distance: Tensor
    spread: Tensor


def composite(optical: Tensor, colour: Tensor, middles: Tensor, widths: Tensor, counts: Tensor) -> Composited:
    """Composite rays; differentiable in optical depth and colour.

    Parameters
    ----------
    optical : (S,) float32
        Optical depth of each sample's interval.
    colour : (S, 3) float32
    middles, widths : (S,) float32
        Where each interval lies on its ray and how much it covers, in any measure of distance.
    counts : (R,) int64
        Samples of each ray.
    """
    if has_kernels(optical.device):
        from .compositing_triton import composite_triton

        return Composited(*composite_triton(optical, colour, middles, widths, counts))
    if optical.device.type == "cpu":
        from .compositing_numba import composite_numba

        return Composited(*composite_numba(optical, colour, middles, widths, counts))
    return composite_reference(optical, colour, middles, widths, counts)


def composite_reference(optical: Tensor, colour: Tensor, middles: Tensor, widths: Tensor, counts: Tensor) -> Composited:
    """The definition, in plain torch, on rays padded to the same number of samples; parameters as `composite`."""
    longest = max(int(counts.max()), 1) if len(counts) else 1
    slot = (torch.arange(longest, device=counts.device) < counts[:, None]).reshape(-1).nonzero()[:, 0]
    shape = (len(counts), longest)

    def padded(values: Tensor) -> Tensor:
        return values.new_zeros(len(counts) * longest).index_copy(0, slot, values).reshape(shape)

    depth, middle, width = padded(optical), padded(middles), padded(widths)
    passed = torch.exp(-depth.cumsum(dim=1))
    before = torch.cat([torch.ones_like(passed[:, :1]), passed[:, :-1]], dim=1)
    weights = before - passed
    seen = torch.stack([(weights * padded(channel)).sum(dim=1) for channel in colour.unbind(-1)], dim=-1)
    apart = (middle[:, :, None] - middle[:, None]).abs()
    spread = torch.einsum("ri,rij,rj->r", weights, apart, weights) + (weights.square() * width).sum(dim=1) / 3
    return Composited(seen, 1 - passed[:, -1], (weights * middle).sum(dim=1), spread)


@torch.no_grad()
def median_depth(optical: Tensor, samples: Samples) -> Tensor:
    """(R,) ray parameter at which half of the light is stopped that is stopped at all; meaningless where alpha is 0.

    So the thin edge of a surface has the surface's depth. `optical` is (S,), of the samples' intervals.
    """
    counts = samples.counts
    if len(optical) == 0:
        return torch.zeros(len(counts), device=counts.device)
    ends = counts.cumsum(0)
    reached = optical.double().cumsum(0)
    before = torch.cat([reached.new_zeros(1), reached])[ends - counts]
    whole = torch.cat([reached.new_zeros(1), reached])[ends] - before
    wanted = before - torch.log1p(torch.expm1(-whole) / 2)
    index = torch.searchsorted(reached, wanted).minimum(ends - 1).clamp(min=0)
    share = 1 - (reached[index] - wanted) / optical[index].double().clamp(min=1e-12)
    depth = samples.places[index] + (share.clamp(0, 1).float() - 0.5) * samples.widths[index]
    return depth.clamp(min=samples.first[index], max=samples.last[index])
