"""Where a point of a field's matter is at another instant.

The deformation gives every point of every instant a name, its place in canonical space, but cannot be asked where a
name is. So the place is sought: p' with canonical(p', t') = canonical(p, t).
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..field.model import Field

_STEPS = 12
_EARLY = 4
"""Steps after which a point stays whose name is found nowhere: later ones lead it ever farther, and farther from what
has its colour."""
_CLOSE, _FOUND = 2e-5, 2e-4
"""Edges of the unit cube: by how much a name may be missed for the search to end, and to count as found."""


@torch.no_grad()
def follow(field: Field, unit: Tensor, time: float, later: float) -> Tensor:
    """(N, 3) points in the unit cube at an instant in [0, 1] over the shot: where they are at another instant.

    Each step goes by what the name still misses, which leads to the place as long as the deformation changes by less
    than the place does.
    """
    if time == later:
        return unit
    named = field.canonical(unit, unit.new_full((len(unit),), time))
    place, early = unit.clone(), unit
    missed = unit.new_zeros(len(unit))
    going = torch.arange(len(unit), device=unit.device)
    for step in range(_STEPS + 1):
        miss = named[going] - field.canonical(place[going], unit.new_full((len(going),), later))
        missed[going] = miss.norm(dim=-1)
        if step == _EARLY:
            early = place.clone()
        on = missed[going] > _CLOSE
        going, miss = going[on], miss[on]
        if step < _STEPS and len(going):
            place[going] = (place[going] + miss).clamp(0, 1)
    return torch.where((missed > _FOUND)[:, None], early, place)
