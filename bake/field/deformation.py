"""Temporal deformation: where a point of this instant lies in the canonical space."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .waves import WIDTH, with_waves


class Deformation(nn.Module):
    """An MLP with exactly two hidden layers; its head starts at zero, so it begins as the identity."""

    def __init__(self, code_width: int, hidden: int, second: int | None = None) -> None:
        super().__init__()
        self.first = nn.Linear(WIDTH + code_width, hidden)
        self.second = nn.Linear(hidden, second or hidden)
        self.head = nn.Linear(second or hidden, 3)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, unit: Tensor, code: Tensor) -> Tensor:
        """(N, 3) positions and (N, C) codes to (N, 3) displacement, both in the unit cube."""
        hidden = torch.relu(self.second(torch.relu(self.first(with_waves(unit, code)))))
        return self.head(hidden)
