"""Radiance decoder: codes to density and colour."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

DENSITY_OFFSET = -2.0
DENSEST = 11.0
START_DENSITY = math.exp(DENSITY_OFFSET)
"""Density of a fresh field: thin enough that light reaches everything."""
GEOMETRY = 15
"""Numbers that tell colour what is there."""
DIRECTIONS = 9
"""Numbers that tell colour from where it is seen."""


class Decoder(nn.Module):
    """Density from spatial and temporal codes; colour from these and the view direction.

    `hidden` units lead to density, `tints` to colour, as many where nothing is said.
    """

    def __init__(self, code_width: int, hidden: int, tints: int | None = None) -> None:
        super().__init__()
        self.geometry = nn.Sequential(nn.Linear(code_width, hidden), nn.ReLU(), nn.Linear(hidden, 1 + GEOMETRY))
        self.colour = nn.Sequential(
            nn.Linear(GEOMETRY + DIRECTIONS, tints or hidden), nn.ReLU(), nn.Linear(tints or hidden, 3), nn.Sigmoid()
        )

    def forward(self, code: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C) codes and (N, 3) unit directions to (N,) density before scaling and (N, 3) encoded colour."""
        geometry = self.geometry(code).float()
        colour = self.colour(torch.cat([geometry[:, 1:], harmonics(direction)], dim=-1)).float()
        return activated(geometry[:, 0]), colour

    def density(self, code: Tensor) -> Tensor:
        """(N, C) codes to (N,) density alone."""
        return activated(self.geometry(code)[:, 0].float())


def activated(raw: Tensor) -> Tensor:
    """(N,) what the network says to (N,) density before scaling."""
    return torch.exp((raw + DENSITY_OFFSET).clamp(max=DENSEST))


def harmonics(direction: Tensor) -> Tensor:
    """Real spherical harmonics up to degree two, without their constant factors."""
    x, y, z = direction.unbind(-1)
    return torch.stack([torch.ones_like(x), x, y, z, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y], dim=-1)
