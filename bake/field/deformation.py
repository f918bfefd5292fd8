"""Temporal deformation: where a point of this instant lies in the canonical space."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .waves import WIDTH, with_waves


class Deformation(nn.Module):
    """An MLP with exactly two hidden layers; its head starts at zero, so it begins as the identity.

    With `twists` it says of a place how what is there moves and turns, else where to it is moved.
    """

    def __init__(self, code_width: int, hidden: int, second: int | None = None, twists: bool = False) -> None:
        super().__init__()
        self.first = nn.Linear(WIDTH + code_width, hidden)
        self.second = nn.Linear(hidden, second or hidden)
        self.head = nn.Linear(second or hidden, 6 if twists else 3)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, unit: Tensor, code: Tensor) -> Tensor:
        """(N, 3) positions and (N, C) codes to (N, 3) displacement, both in the unit cube."""
        hidden = torch.relu(self.second(torch.relu(self.first(with_waves(unit, code)))))
        return displacement(self.head(hidden), unit)


def displacement(said: Tensor, unit: Tensor) -> Tensor:
    """(N, 3) by which places (N, 3) of the unit cube are moved.

    Parameters
    ----------
    said : (N, 3) or (N, 6)
        The displacement itself; or a twist, which is a velocity at the cube's middle and an angular velocity around it
        (Murray, Li and Sastry 1994, A Mathematical Introduction to Robotic Manipulation, section 2.3.2), taken for one
        unit of time to first order. What turns as one piece then has one twist, and displacements of which no two
        are the same.
    """
    if said.shape[1] == 3:
        return said
    return said[:, :3] + torch.cross(said[:, 3:], _arms(unit), dim=1)


def displacement_backward(grad: Tensor, unit: Tensor, width: int) -> Tensor:
    """From the gradient of `displacement`, (N, 3), to that of what was said, (N, width)."""
    if width == 3:
        return grad
    return torch.cat([grad, torch.cross(_arms(unit), grad, dim=1)], dim=1)


def _arms(unit: Tensor) -> Tensor:
    """(N, 3) from the cube's middle to places (N, 3), in half edges of the cube."""
    return 2 * unit - 1
