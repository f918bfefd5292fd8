"""Muon: steps of hidden layers (Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks).

Adam judges every number of a matrix by itself. A step of Muon turns all directions of a matrix equally far, so that
what few rays ask for, as a limb that moves fast does, is not drowned by what all of them ask for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

_MOMENTUM = 0.9
_ALIKE = 0.2
"""Root mean square of a step, at a rate of one, which is that of Adam's (Liu et al. 2025, Muon is Scalable for LLM
Training, section 2.2)."""
_ROUNDS, _SLOPES = 5, (3.4445, -4.7750, 2.0315)
"""Of Newton-Schulz, as Jordan chose them: steep at zero, so that few rounds do. They leave values from 0.7 to 1.2."""


class Muon:
    """Steps of matrices, each of a shape of its own.

    They lie side by side in one tensor, with zeros around them: a few large operations cost less than many small ones.
    PyTorch's own Muon takes one after the other, in bfloat16, which on most CPUs takes ten times as long.

    Attributes
    ----------
    momentum : (M, rows, columns), with no more rows than columns; the gradients' mean, the latest ones most.
    """

    def __init__(self, matrices: Sequence[Tensor]) -> None:
        self._matrices = list(matrices)
        rows, columns = (max((side(own.shape) for own in matrices), default=0) for side in (min, max))
        self.momentum = torch.zeros(len(matrices), rows, columns, device=matrices[0].device if matrices else None)

    @torch.no_grad()
    def step(self, rates: Sequence[float]) -> None:
        """Move the matrices that have a gradient, each at its rate."""
        gradients = torch.zeros_like(self.momentum)
        moved = []
        for number, matrix in enumerate(self._matrices):
            if matrix.grad is not None:
                _lying(gradients[number], matrix).copy_(matrix.grad)
                moved.append(number)
        if not moved:
            return
        own = slice(None) if len(moved) == len(self._matrices) else moved
        gradients = gradients[own]
        self.momentum[own] = momentum = self.momentum[own].lerp(gradients, 1 - _MOMENTUM)
        steps = orthogonal(gradients.lerp(momentum, _MOMENTUM))
        for number, step in zip(moved, steps, strict=True):
            matrix = self._matrices[number]
            matrix.sub_(_lying(step, matrix), alpha=rates[number] * _ALIKE * math.sqrt(max(matrix.shape)))


def orthogonal(matrices: Tensor) -> Tensor:
    """(M, R, C), R <= C, with all singular values brought near one: Newton-Schulz; what is zero stays so."""
    own = matrices / matrices.norm(dim=(1, 2), keepdim=True).clamp(min=torch.finfo(matrices.dtype).tiny)
    once, thrice, five_times = _SLOPES
    for _ in range(_ROUNDS):
        squared = own @ own.mT
        own = torch.baddbmm(
            own, torch.baddbmm(squared, squared, squared, beta=thrice, alpha=five_times), own, beta=once
        )
    return own


def _lying(place: Tensor, matrix: Tensor) -> Tensor:
    """The part of a place (R, C) that a matrix takes, seen in the matrix's own shape."""
    rows, columns = matrix.shape
    return place[:rows, :columns] if rows <= columns else place[:columns, :rows].mT
