"""The curve in which a field keeps colours (`contract.colour.Encoding`), for tensors and their gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from ..contract.colour import KNEE, KNEE_CODE, KNEE_LIGHT, POWER, RISE, SLOPE


def light_of(stored: Tensor, white: float) -> Tensor:
    """Stored values, any shape, to light; `white` as `Encoding.white` has it."""
    scaled = (stored / white).clamp(min=0)
    low = scaled.clamp(max=1)
    shown = torch.where(low <= KNEE_CODE, low / SLOPE, ((low + KNEE) / (1 + KNEE)) ** POWER)
    return shown if white == 1 else torch.where(scaled <= 1, shown, torch.exp((scaled.clamp(min=1) - 1) / RISE))


def stored_of(light: Tensor, white: float) -> Tensor:
    """Light, any shape, to stored values, which are not bounded."""
    dim = light.clamp(min=KNEE_LIGHT, max=1)
    shown = torch.where(light <= KNEE_LIGHT, light * SLOPE, (1 + KNEE) * dim ** (1 / POWER) - KNEE)
    return white * torch.where(light <= 1, shown, 1 + RISE * light.clamp(min=1).log())


def steepness(stored: Tensor, white: float) -> Tensor:
    """By how much stored values change with light, at stored values of any shape."""
    scaled = (stored / white).clamp(min=0)
    above = (scaled.clamp(max=1) + KNEE) / (1 + KNEE)
    shown = (RISE * above ** (1 - POWER)).clamp(max=SLOPE)
    return white * torch.where(scaled <= 1, shown, RISE * torch.exp((1 - scaled.clamp(min=1)) / RISE))
