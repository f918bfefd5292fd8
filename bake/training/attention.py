"""Adaptive importance sampling: more rays where the world moves and is not yet understood, fewer where it stands still.

Every picture is cut into BLOCKS x BLOCKS equal blocks, and each remembers the need of what lies behind it:

    need = alpha * (change of the field, from one instant to the next, at what the ray met) * (error of its colour)

A pixel is drawn with a probability proportional to

    q = (1 - SHARE) + SHARE * min((need + NONE) / (mean(need) + NONE), MOST)

where the mean is over the pixels that might be drawn. At least 1 - SHARE of all rays are spread evenly, so that nothing
is starved or forgotten; a block that has not been looked at counts as the mean.

Both factors are needed. The rate of the deformation, alone, did not tell where things move; an error alone stays high
wherever there is noise. Noise before what stands still changes nothing along time, and so draws few rays. Colours that
change in place count as the deformation does: a field that may tell instants apart by its codes explains motion by
both. The loss is not weighted by 1 / q: what has need is meant to count for more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import normalize

from ..device.threads import run_together
from ..field.model import Field
from ..render.march import Marched
from .learning import Batch
from .pixels import PixelPool

BLOCKS = 16
"""Along an edge of a picture: 256 blocks, 2 KiB, a frame."""
SHARE = 0.5
MOST = 8.0
NONE = 1e-4
"""Need that is as good as none: a change of one step of 8 bits, where colours are wrong by six."""
_CANDIDATES = 4
"""Pixels that are looked at for each that is drawn; about as many as the likeliest is likelier than the mean, so that
hardly one is drawn twice."""
_ASKED = 2
"""One ray in so many is asked what changes: two samples more, without gradients, beside its dozen with them."""
_KEPT = 0.9
"""What a block keeps of its need each time that it is looked at, once it has been looked at often."""


class Attention:
    """How much need each block of each picture has, learnt from the rays that training marches anyway.

    A checkpoint does not hold it: a bake that goes on draws evenly at first, and has learnt it again within some
    hundred steps.

    Parameters
    ----------
    pool : PixelPool
        What is drawn from; frames that it does not show are not drawn.
    pictures : int
        Of the footage.
    instant : float
        Time between two instants of the footage, as a share of the shot.
    """

    def __init__(self, pool: PixelPool, pictures: int, instant: float, device: torch.device) -> None:
        self._pool, self._instant = pool, instant
        self.need = torch.zeros(pictures * BLOCKS**2, device=device)
        self.looks = torch.zeros(pictures * BLOCKS**2, device=device)

    def draw(self, count: int, coarse: float = 0.0) -> Tensor:
        """Random pixels to train on, by number, of which about a share is coarse; see `PixelPool.draw`.

        A few times as many are drawn evenly, and of those as many as are wanted by their q (sampling-importance
        resampling, Rubin 1987, with systematic steps). So nothing must be sorted anew when the pool exchanges pixels
        or shows other frames.
        """
        candidates = self._pool.draw(_CANDIDATES * count, coarse)
        reached = self.likelihood(self.blocks(candidates)).cumsum(0)
        steps = (torch.arange(count, device=reached.device) + torch.rand(1, device=reached.device)) / count
        chosen = torch.searchsorted(reached, steps * reached[-1])
        return candidates[chosen.clamp(max=len(candidates) - 1)]

    def likelihood(self, blocks: Tensor) -> Tensor:
        """q of pixels that were drawn evenly, by the blocks that they lie in, (N,)."""
        need, known = self.need[blocks], self.looks[blocks] > 0
        mean = need[known].sum() / known.sum().clamp(min=1)
        compared = torch.where(known, (need + NONE) / (mean + NONE), 1)
        return (1 - SHARE) + SHARE * compared.clamp(max=MOST)

    def blocks(self, pixels: Tensor) -> Tensor:
        """The blocks of pixels by number, (N,) int64."""
        frames, place = self._pool.places(pixels)
        column, row = (place * BLOCKS).long().unbind(-1)
        return (frames * BLOCKS + row) * BLOCKS + column

    @torch.no_grad()
    def learn(self, field: Field, batches: Sequence[Batch], seen: Sequence[Marched]) -> None:
        """Note what the rays of a step have found."""
        needs = run_together([partial(self._need, field, *both) for both in zip(batches, seen, strict=True)])
        self._note(self.blocks(torch.cat([batch.rays.pixels[::_ASKED] for batch in batches])), torch.cat(needs))

    def _need(self, field: Field, batch: Batch, seen: Marched) -> Tensor:
        rays, own = batch.rays, slice(None, None, _ASKED)
        unit, _ = field.to_unit(rays.origins[own] + rays.directions[own] * seen.depth[own, None])
        towards = normalize(rays.directions[own], dim=-1)
        before = (rays.times[own] - self._instant / 2).clamp(min=0)
        after = (rays.times[own] + self._instant / 2).clamp(max=1)
        (thick, colour), (thicker, tinted) = field(unit, before, towards), field(unit, after, towards)
        change = (colour - tinted).abs().mean(dim=-1) + (torch.exp(-thick) - torch.exp(-thicker)).abs()
        error = (seen.over(batch.background, batch.stops_of(field)) - batch.wanted).abs().mean(dim=-1)[own]
        return seen.alpha[own] * change * (self._instant / (after - before)) * error

    def _note(self, blocks: Tensor, need: Tensor) -> None:
        """The mean of a block's first looks, and a decaying one of those that follow."""
        looked, owner, count = blocks.unique(return_inverse=True, return_counts=True)
        mean = torch.zeros(len(looked), device=need.device).index_add_(0, owner, need) / count
        self.looks[looked] += count
        share = torch.maximum(count / self.looks[looked], 1 - _KEPT**count)
        self.need[looked] += share * (mean - self.need[looked])
