"""What lies behind everything in opaque footage: a colour for every direction, infinitely far away."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_BANDS = 3
_HIDDEN = 32


class Sky(nn.Module):
    """A small network over directions: smooth, so that what has texture is left to the field.

    Without it the colour of a plain wall or sky has to be made by density that may stand anywhere on the ray, and hides
    what is composited there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 + 6 * _BANDS, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, 3)
        )

    def forward(self, direction: Tensor) -> Tensor:
        """(R, 3) unit directions to (R, 3) encoded colour in (0, 1)."""
        angles = [direction * (math.pi / 2 * 2**band) for band in range(_BANDS)]
        waves = [wave(angle) for angle in angles for wave in (torch.sin, torch.cos)]
        return torch.sigmoid(self.layers(torch.cat([direction, *waves], dim=-1)))
