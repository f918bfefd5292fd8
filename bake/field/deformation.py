"""Temporal deformation: where a point of this instant lies in the canonical space."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_BANDS = 4
FINEST_WAVE = 2.0 ** (2 - _BANDS)
"""Length of the finest wave by which places are told apart, edges of the unit cube."""


class Deformation(nn.Module):
    """An MLP with exactly two hidden layers; its head starts at zero, so it begins as the identity."""

    def __init__(self, code_width: int, hidden: int) -> None:
        super().__init__()
        self.first = nn.Linear(3 + 6 * _BANDS + code_width, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.head = nn.Linear(hidden, 3)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, unit: Tensor, code: Tensor) -> Tensor:
        """(N, 3) positions and (N, C) codes to (N, 3) displacement, both in the unit cube."""
        scale = torch.pi * 2.0 ** torch.arange(_BANDS, device=unit.device)
        waves = (unit[:, :, None] * scale).flatten(1)
        encoded = torch.cat([unit, waves.sin(), waves.cos(), code], dim=-1)
        hidden = torch.relu(self.second(torch.relu(self.first(encoded))))
        return self.head(hidden)
