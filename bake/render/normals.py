"""Where the surface of a field's matter faces: against the gradient of the logarithm of density.

On a solid ball it is 4 degrees off in the median where the differences of neighbouring depths are 5, and on baked
fields it has none of their speckles. The logarithm, because density itself leaps by orders of magnitude within a cell.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..field.model import Field

_REACH = 1.0
"""Cells of the finest level of the hash grid to either side: finer ones see its noise, wider ones round things off."""
_NOTHING = 1e-6
"""A density that is as good as none."""


def normals(field: Field, points: Tensor, time: float) -> Tensor:
    """(N, 3) unit vectors at (N, 3) points, capture space, at an instant in [0, 1] over the shot."""
    step = _REACH * field.unit_length * (2 if field.config.opaque else 1) / field.config.finest
    times = points.new_full((len(points),), time)
    gradient = []
    for axis in range(3):
        aside = torch.zeros(3, device=points.device)
        aside[axis] = step
        more, less = (field.density(field.to_unit(points + side)[0], times) for side in (aside, -aside))
        gradient.append(torch.log(more + _NOTHING) - torch.log(less + _NOTHING))
    return -torch.nn.functional.normalize(torch.stack(gradient, dim=-1), dim=-1)
