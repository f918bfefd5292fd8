"""Space-time occupancy: how dense each cell of the unit cube may be in each part of the shot.

It tells the sampler what to skip and where to look closely. It is no part of what is optimised.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ..device.threads import run_together
from .segments import Stretch, finer_instants

if TYPE_CHECKING:
    from .model import Field

_AT_ONCE = {"cpu": 2**11, "cuda": 2**18}
_REMEMBERED = 0.9
"""What a cell keeps of its density each time that a sample finds less there."""
_PARTS_AT_ONCE = 8
"""Parts of the shot that one look is about, so that what it costs does not grow with the shot."""
_HOLDS = 0.02
"""Density above which a cell is worth looking at again."""
_WITHIN = 1e-3
"""Share of a part by which an instant lies in it at least."""


@dataclass(frozen=True)
class _Added:
    """Equal parts of time that were added, from `start` to `end`, both beyond 1 or there; `first` is their number."""

    start: float
    end: float
    first: int
    parts: int

    def part(self, time: Tensor) -> Tensor:
        share = (time - self.start) / (self.end - self.start)
        return self.first + (share * self.parts).long().clamp(0, self.parts - 1)

    def instant(self, part: Tensor, share: Tensor) -> Tensor:
        # The very start belongs to what came before.
        within = (part - self.first + share.clamp(min=_WITHIN)) / self.parts
        return self.start + (self.end - self.start) * within


class Occupancy(nn.Module):
    """A decaying maximum of density per cell and part of the shot; it starts as thin fog, so that all is looked at.

    Parameters
    ----------
    parts : int
        Equal parts of the shot's time, until `refine` halves some.
    cells : int
        Cells along an edge of the unit cube.
    start : float
        Density before anything is known, as `Field` counts it.
    """

    density: Tensor
    instants: Tensor | None
    _added: tuple[_Added, ...] = ()

    def __init__(self, parts: int, cells: int, start: float) -> None:
        super().__init__()
        self.cells = cells
        self.register_buffer("density", torch.full((parts, cells, cells, cells), start))
        # What the field's sizes say need not be in its file as well.
        self.register_buffer("instants", None, persistent=False)
        self.boxes: dict[tuple[int, float, int, int], Any] = {}
        """What samplers have found out about `density`; see `render.sampling_numba`."""

    @property
    def parts(self) -> int:
        """Parts of the shot's time, added ones too."""
        return self.density.shape[0]

    @property
    def _baked(self) -> int:
        return self._added[0].first if self._added else self.parts

    def append(self, start: float, end: float, parts: int) -> None:
        """Add equal parts of time behind 1, in which all is as it was in the last part before."""
        self.count_added(start, end, self.parts, parts)
        self.density = torch.cat([self.density, self.density[-1:].expand(parts, -1, -1, -1)])
        self.boxes.clear()

    def count_added(self, start: float, end: float, first: int, parts: int) -> None:
        """Take parts from number `first` on for equal parts of added time, whatever their densities are."""
        self._added = (*self._added, _Added(start, end, first, parts))

    def cut(self, end: float, parts: int) -> None:
        """Keep so many of the parts that were added last, which end there."""
        *before, last = self._added
        self._added = (*before, _Added(last.start, end, last.first, parts))
        self.density = self.density[: last.first + parts].clone()
        self.boxes.clear()

    def held(self, time: Tensor) -> Tensor:
        """(cells, cells, cells) density, z first, in the part that an instant (1,) in [0, 1] lies in."""
        return self.around(self.part(time))[0][0]

    def around(self, part: Tensor) -> tuple[Tensor, int]:
        """Densities (K, cells, cells, cells) of neighbouring parts, those of (N,) int64 among them, and which is the
        first."""
        first = int(part.min()) if len(part) else 0
        return self._from_to(first, int(part.max()) if len(part) else first), first

    def _from_to(self, first: int, last: int) -> Tensor:
        """Densities of parts from number `first` to `last`, that one included."""
        return self.density[first : last + 1]

    def part(self, time: Tensor) -> Tensor:
        """(N,) in [0, 1], or beyond where parts were added, to (N,) int64."""
        if self.instants is None:
            part = (time * self._baked).long().clamp(0, self._baked - 1)
        else:
            part = (torch.searchsorted(self.instants, time.contiguous(), right=True) - 1).clamp(0, self._baked - 1)
        for added in self._reached(time):
            part = torch.where(time > added.start, added.part(time), part)
        return part

    def _reached(self, time: Tensor) -> tuple[_Added, ...]:
        """Added time in which some of the instants (N,) lie, and perhaps one more before."""
        if not self._added or not len(time):
            return self._added
        earliest, latest = (float(end) for end in time.aminmax())
        starts = [added.start for added in self._added]
        return self._added[max(bisect_left(starts, earliest) - 2, 0) : bisect_left(starts, latest) + 1]

    def refine(self, stretches: Sequence[Stretch]) -> Tensor:
        """Halve parts that stretches touch, each half as dense as the whole; returns what each part was part of."""
        even = finer_instants(self.parts + 1, ())
        finer = finer_instants(self.parts + 1, [(start, end, 1) for start, end, _ in stretches])
        owner = (torch.searchsorted(even, finer[:-1], right=True) - 1).to(self.density.device)
        self.density = self.density[owner]
        self.boxes.clear()
        self.instants = finer.to(self.density)
        return owner

    def cell(self, unit: Tensor) -> Tensor:
        """(N, 3) in [0, 1] to (N,) int64 in the order of one part of `density`."""
        x, y, z = (unit * self.cells).long().clamp(0, self.cells - 1).unbind(-1)
        return x + self.cells * (y + self.cells * z)

    @torch.no_grad()
    def look(self, field: Field, count: int, decay: float, everywhere: float, parts: Tensor) -> None:
        """Look at `count` cells, each at a random place and instant of it.

        Parameters
        ----------
        decay : float
            What a cell keeps of its earlier density.
        everywhere : float
            Share of the looks that go to any cell; the others go to those that hold something.
        parts : (K,) int64
            Parts of the shot that are worth a look; where they are many, some of them.
        """
        if len(parts) > _PARTS_AT_ONCE:
            parts = parts[torch.randperm(len(parts), device=parts.device)[:_PARTS_AT_ONCE]]
        size = self.cells**3
        device = self.density.device
        chosen = torch.randint(len(parts) * size, (round(count * everywhere),), device=device)
        holding = (self.density[parts] > _HOLDS).view(-1).nonzero()[:, 0]
        if len(holding):
            picked = torch.randint(len(holding), (count - len(chosen),), device=device)
            chosen = torch.cat([chosen, holding[picked]])
        chosen = chosen.unique()
        self._note(parts[chosen // size] * size + chosen % size, field, decay)

    @torch.no_grad()
    def sweep(self, field: Field, decay: float, parts: Tensor) -> None:
        """Look at every cell of some parts once, (K,) int64."""
        size = self.cells**3
        for part in parts:
            self._note(part * size + torch.arange(size, device=self.density.device), field, decay)

    def _note(self, chosen: Tensor, field: Field, decay: float) -> None:
        flat, n = self.density.view(-1), self.cells
        corner = torch.stack([chosen % n, chosen // n % n, chosen // n**2 % n], dim=-1)
        unit = (corner + torch.rand(corner.shape, device=flat.device)) / n
        time = self.instant(chosen // n**3, torch.rand(chosen.shape, device=flat.device))
        at_once = _AT_ONCE[flat.device.type]
        pieces = zip(unit.split(at_once), time.split(at_once), strict=True)
        found = run_together([partial(_density, field, unit, time) for unit, time in pieces])
        flat[chosen] = torch.maximum(flat[chosen] * decay, torch.cat(found))

    def instant(self, part: Tensor, share: Tensor) -> Tensor:
        """The instant at a share of the way through parts of the shot, (N,) int64 and (N,) in [0, 1]; (N,)."""
        if self.instants is None:
            instant = (part + share) / self._baked
        else:
            baked = part.clamp(max=self._baked - 1)
            instant = torch.lerp(self.instants[baked], self.instants[baked + 1], share)
        for added in self._added:
            instant = torch.where(part >= added.first, added.instant(part, share), instant)
        return instant

    @torch.no_grad()
    def learn(self, unit: Tensor, time: Tensor, density: Tensor, known: Tensor | None) -> None:
        """Note what samples of training have found: (N, 3), (N,) in [0, 1], (N,).

        Parameters
        ----------
        known : (P,) bool or None
            Parts of which a note is taken; None for all.
        """
        flat, part = self.density.view(-1), self.part(time)
        if known is not None:
            kept = known[part]
            unit, part, density = unit[kept], part[kept], density[kept]
        cells = part * self.cells**3 + self.cell(unit)
        remembered = flat[cells] * _REMEMBERED
        flat[cells] = remembered
        flat.scatter_reduce_(0, cells, torch.maximum(remembered, density), reduce="amax")


@torch.no_grad()
def _density(field: Field, unit: Tensor, time: Tensor) -> Tensor:
    return field.density(unit, time)
