"""Space-time occupancy: which cells of the unit cube may hold something at which part of the shot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from .model import Field


class Occupancy(nn.Module):
    """A decaying maximum of density per cell and part of the shot. Starts full: nothing is empty until looked at."""

    density: Tensor

    def __init__(self, bins: int, cells: int, threshold: float) -> None:
        super().__init__()
        self.cells = cells
        self.threshold = threshold
        self.register_buffer("density", torch.full((bins, cells, cells, cells), 1e3))

    def occupied(self, unit: Tensor, time: Tensor) -> Tensor:
        """(N, 3), (N,) in [0, 1] to (N,) bool."""
        cell = (unit * self.cells).long().clamp(0, self.cells - 1)
        part = (time * self.density.shape[0]).long().clamp(0, self.density.shape[0] - 1)
        return self.density[part, cell[:, 2], cell[:, 1], cell[:, 0]] > self.threshold

    @torch.no_grad()
    def update(self, field: Field, decay: float, part: int) -> None:
        """Look at every cell of one part of the shot, at a random place and instant of it."""
        n = self.cells
        axis = torch.arange(n, device=self.density.device)
        z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
        cell = torch.stack([x, y, z], -1).reshape(-1, 3)
        unit = (cell + torch.rand(cell.shape, device=cell.device)) / n
        time = (part + torch.rand(cell.shape[0], device=cell.device)) / self.density.shape[0]
        found = torch.cat([field.density(u, t) for u, t in zip(unit.split(32768), time.split(32768), strict=True)])
        self.density[part] = torch.maximum(self.density[part] * decay, found.reshape(n, n, n))
