"""Capture space to the unit cube that the encoders live in."""

from __future__ import annotations

import torch
from torch import Tensor

_FARTHEST = 1e-4
"""What is left of the contracted cube where the way back ends: at ten thousand times the bounds."""


def to_unit_cube(points: Tensor, low: Tensor, high: Tensor, unbounded: bool) -> tuple[Tensor, Tensor]:
    """Map capture space into [0, 1]^3.

    A bounded shot maps its box to the cube. An unbounded one keeps the box in the middle half of the cube and
    contracts everything beyond (Barron et al., Mip-NeRF 360, equation 10, with the maximum norm).

    Parameters
    ----------
    points : (N, 3) float32
        Capture space.

    Returns
    -------
    unit : (N, 3) float32
    inside : (N,) bool
        False where a bounded shot knows nothing.
    """
    centred = (points - (low + high) / 2) / ((high - low) / 2)
    distance = centred.abs().amax(dim=-1, keepdim=True)
    if not unbounded:
        return ((centred + 1) / 2).clamp(0, 1), distance[:, 0] <= 1
    far = distance.clamp(min=1.0)
    contracted = torch.where(distance > 1, (2 - 1 / far) * centred / far, centred)
    return ((contracted + 2) / 4).clamp(0, 1), torch.ones_like(distance[:, 0], dtype=torch.bool)


def from_unit_cube(unit: Tensor, low: Tensor, high: Tensor, unbounded: bool) -> Tensor:
    """The inverse of `to_unit_cube`: (N, 3) in [0, 1] to capture space; what is infinitely far comes out far."""
    centred = unit * 4 - 2 if unbounded else unit * 2 - 1
    if unbounded:
        distance = centred.abs().amax(dim=-1, keepdim=True)
        far = 1 / (2 - distance).clamp(min=_FARTHEST)
        centred = torch.where(distance > 1, centred / distance * far, centred)
    return centred * ((high - low) / 2) + (low + high) / 2
