"""Where the rays come from that a smaller field learns from: the footage, or the field that it was made from."""

from __future__ import annotations

from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from ..device.threads import run_together
from ..field.model import Field
from ..render.march import make_rays, march
from ..render.sampling import Effort
from ..training.pixels import Drawn, PixelPool
from .cameras import KeptCameras

_EFFORT = Effort(192, 32, 1e-5)
_RAYS = {"cpu": 2**9, "cuda": 2**16}
_FAINT = 1e-4
"""Alpha below which a ray has no colour to speak of."""


class Teacher(Protocol):
    """Gives rays, and what should be seen along them."""

    def draw(self, step: int, count: int) -> Drawn:
        """Random rays for a step."""
        ...


class Footage:
    """The footage itself."""

    def __init__(self, pool: PixelPool) -> None:
        self._pool = pool

    def draw(self, step: int, count: int) -> Drawn:
        """Pixels, as a bake draws them."""
        self._pool.renew(step)
        return self._pool.rays(self._pool.draw(count))


class Original:
    """The field that the smaller one was made from, seen by its own cameras, between their instants as well."""

    def __init__(self, field: Field, cameras: KeptCameras) -> None:
        self._field, self._cameras = field, cameras

    @torch.no_grad()
    def draw(self, step: int, count: int) -> Drawn:  # noqa: ARG002
        """Rays with what the field shows along them, at its neutral exposure."""
        origins, directions, times = self._cameras.rays(count)
        at_once = _RAYS[origins.device.type]
        pieces = zip(*(own.split(at_once) for own in (origins, directions, times)), strict=True)
        rgba = torch.cat(run_together([partial(self._seen, *piece) for piece in pieces]))
        nothing = torch.zeros_like(times, dtype=torch.int64)
        return Drawn(origins, directions, times, rgba, nothing, nothing)

    def _seen(self, origins: Tensor, directions: Tensor, times: Tensor) -> Tensor:
        seen = march(self._field, make_rays(self._field, origins, directions, times), _EFFORT)
        if seen.sky is not None:
            return torch.cat([seen.over(0.0), torch.ones_like(seen.alpha)[:, None]], dim=-1)
        alpha = seen.alpha[:, None]
        return torch.cat([(seen.colour / alpha.clamp(min=_FAINT)).clamp(0, 1), alpha], dim=-1)
