"""Space-time occupancy: how dense each cell of the unit cube may be in each part of the shot.

It tells the sampler what to skip and where to look closely. It is no part of what is optimised.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        """Parts of the shot's time."""
        return self.density.shape[0]

    def part(self, time: Tensor) -> Tensor:
        """(N,) in [0, 1] to (N,) int64."""
        if self.instants is None:
            return (time * self.parts).long().clamp(0, self.parts - 1)
        return (torch.searchsorted(self.instants, time.contiguous(), right=True) - 1).clamp(0, self.parts - 1)

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
        cells = torch.arange(self.cells**3, device=self.density.device)
        for part in parts:
            self._note(part * len(cells) + cells, field, decay)

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
            return (part + share) / self.parts
        return torch.lerp(self.instants[part], self.instants[part + 1], share)

    @torch.no_grad()
    def learn(self, unit: Tensor, time: Tensor, density: Tensor, known: Tensor) -> None:
        """Note what samples of training have found in parts that are known, (P,) bool: (N, 3), (N,) in [0, 1], (N,)."""
        flat, part = self.density.view(-1), self.part(time)
        if not known.all():
            kept = known[part]
            unit, part, density = unit[kept], part[kept], density[kept]
        cells = part * self.cells**3 + self.cell(unit)
        remembered = flat[cells] * _REMEMBERED
        flat[cells] = remembered
        flat.scatter_reduce_(0, cells, torch.maximum(remembered, density), reduce="amax")


@torch.no_grad()
def _density(field: Field, unit: Tensor, time: Tensor) -> Tensor:
    return field.density(unit, time)
