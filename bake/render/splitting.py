"""What lies on rays before and behind places on them."""

from __future__ import annotations

import torch
from torch import Tensor

from .march import Marched


@torch.no_grad()
def split(seen: Marched, places: Tensor) -> tuple[Tensor, Tensor]:
    """Composite what rays meet before places on them, density and colour constant in each sample's interval.

    Parameters
    ----------
    places : (R, M) float32
        Ray parameters; infinite for all that the ray meets, without the sky.

    Returns
    -------
    colour : (R, M, 3) float32
        Premultiplied, encoded as the footage is.
    passed : (R, M) float32
        Transmittance up to there.
    """
    samples = seen.samples
    rays, count = len(samples.counts), max(int(samples.counts.max()), 1) if len(samples.counts) else 1
    device = places.device
    slot = (torch.arange(count, device=device) < samples.counts[:, None]).reshape(-1).nonzero()[:, 0]

    def padded(values: Tensor) -> Tensor:
        return values.new_zeros(rays * count).index_copy(0, slot, values).reshape(rays, count)

    first, last = padded(samples.first)[..., None], padded(samples.last)[..., None]
    share = ((places[:, None] - first) / (last - first).clamp(min=1e-9)).clamp(0, 1)
    after = torch.exp(-(padded(seen.optical)[..., None] * share).cumsum(dim=1))
    before = torch.cat([torch.ones_like(after[:, :1]), after[:, :-1]], dim=1)
    weights = before - after
    colour = torch.stack(
        [(weights * padded(channel)[..., None]).sum(dim=1) for channel in seen.colours.unbind(-1)], dim=-1
    )
    return colour, after[:, -1]
