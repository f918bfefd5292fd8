"""Which cells of the occupancy show in any picture: the others are cleared, so that no sample is spent on them.

The occupancy knows where density may be, also behind surfaces and in fog too thin to be seen. What no ray of the
footage's cameras gets light from, at any instant of a part of the shot, need not be looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import max_pool3d

from ..contract.errors import Cancelled
from ..device.threads import run_together
from ..field.model import Field
from ..render.march import make_rays, march
from ..render.sampling import Effort
from .cameras import KeptCameras

_EFFORT = Effort(192, 32, 1e-5)
_FAINT = 0.03
"""Share of a ray's light below which a cell does not count as seen."""
_RAYS = {"cpu": 2**11, "cuda": 2**16}


@torch.no_grad()
def seen_weights(
    field: Field, cameras: KeptCameras, rays_a_part: int, should_stop: Callable[[], bool], tell: Callable[[float], None]
) -> Tensor:
    """The most that each cell gives to any ray's colour, 0 to 1, in the shape of `Occupancy.density`.

    Parameters
    ----------
    rays_a_part : int
        Random rays of all cameras for each part of the shot, whenever the camera itself filmed.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    occupancy = field.occupancy
    found = torch.zeros_like(occupancy.density)
    at_once = _RAYS[found.device.type]
    for part in range(occupancy.parts):
        if should_stop():
            raise Cancelled
        camera = torch.randint(len(cameras), (rays_a_part,), device=found.device)
        origins, directions = cameras.through(camera)
        share = torch.rand(rays_a_part, device=found.device)
        times = occupancy.instant(torch.full_like(camera, part), share)
        jitter = torch.rand(rays_a_part, 1 + _EFFORT.samples, device=found.device)
        pieces = zip(*(own.split(at_once) for own in (origins, directions, times, jitter)), strict=True)
        for cells, weights in run_together([partial(_weights, field, *piece) for piece in pieces]):
            found.view(-1).scatter_reduce_(0, cells, weights, reduce="amax")
        tell((part + 1) / occupancy.parts)
    return found


def clear_unseen(field: Field, weights: Tensor, wider: int = 0) -> float:
    """Clear the cells that nobody sees, but for those within `wider` cells of one; returns the share of them that stay.

    `weights` is what `seen_weights` gave.
    """
    density = field.occupancy.density
    seen = (weights > _FAINT).float()
    if wider:
        seen = max_pool3d(seen[:, None], 2 * wider + 1, 1, wider)[:, 0]
    before = int((density > 0).sum())
    density.mul_(seen)
    return int((density > 0).sum()) / max(before, 1)


@torch.no_grad()
def _weights(field: Field, origins: Tensor, directions: Tensor, times: Tensor, jitter: Tensor) -> tuple[Tensor, Tensor]:
    """Cells that rays' samples lie in, by their number, and what each sample gives."""
    rays = make_rays(field, origins, directions, times)
    seen = march(field, rays, _EFFORT, jitter)
    ray = seen.samples.ray()
    reached = torch.cat([seen.optical.new_zeros(1, dtype=torch.float64), seen.optical.double().cumsum(0)])
    first = seen.samples.counts.cumsum(0) - seen.samples.counts
    before = (reached[:-1] - reached[first][ray]).float()
    weights = torch.exp(-before) * -torch.expm1(-seen.optical)
    occupancy = field.occupancy
    return occupancy.part(times)[ray] * occupancy.cells**3 + occupancy.cell(seen.samples.unit), weights
