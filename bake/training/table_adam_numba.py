"""Adam for a table of which a step touches few rows; torch's Adam is the definition for the rows that it touches."""

# mypy: ignore-errors
# Kernels are compiled by numba, whose scalar arithmetic NumPy's type stubs do not describe.
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from ..device.threads import chunks, run_together


@njit(nogil=True, cache=True, fastmath={"contract", "arcp", "nsz"})
def _step(
    table: Any,
    gradients: Any,
    mean: Any,
    square: Any,
    rate: float,
    betas: Any,
    corrections: Any,
    epsilon: float,
    first: int,
    last: int,
) -> None:
    one = np.float32(1)
    b1, b2 = betas[0], betas[1]
    width = table.shape[1]
    total = np.empty(width, np.float32)
    for row in range(first, last):
        touched = False
        for f in range(width):
            total[f] = 0
            for part in range(gradients.shape[0]):
                total[f] += gradients[part, row, f]
            touched |= total[f] != 0
        if not touched:
            continue
        for f in range(width):
            for part in range(gradients.shape[0]):
                gradients[part, row, f] = 0
            m = b1 * mean[row, f] + (one - b1) * total[f]
            v = b2 * square[row, f] + (one - b2) * total[f] * total[f]
            mean[row, f], square[row, f] = m, v
            table[row, f] -= rate * (m * corrections[0]) / (np.sqrt(v * corrections[1]) + epsilon)


class TableAdam:
    """Adam that leaves alone, moments included, the rows whose gradient is zero (Müller et al. 2022, section 4).

    A step of a bake touches one row in five; to read, fill and write the others costs more than to learn.

    Parameters
    ----------
    table : (..., F) float32
        Contiguous, on the CPU.
    parts : int
        How many gradients are summed in a step.
    """

    def __init__(self, table: Tensor, parts: int, betas: tuple[float, float], epsilon: float) -> None:
        self._table, self._betas, self._epsilon = table, betas, epsilon
        self.gradients = torch.zeros(parts, *table.shape)
        """One for each part, to be added to; `step` makes them zero again."""
        self.mean, self.square, self.steps = torch.zeros_like(table), torch.zeros_like(table), 0

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Learn from the sum of the gradients, always summed in the same order."""
        self.steps += 1
        width = self._table.shape[-1]
        rows = [own.detach().view(-1, width).numpy() for own in (self._table, self.mean, self.square)]
        gradients = self.gradients.view(len(self.gradients), -1, width).numpy()
        betas = np.array(self._betas, dtype=np.float32)
        corrections = np.array([1 / (1 - beta**self.steps) for beta in self._betas], dtype=np.float32)
        settings = np.float32(rate), betas, corrections, np.float32(self._epsilon)
        run_together(
            [partial(_step, rows[0], gradients, rows[1], rows[2], *settings, a, b) for a, b in chunks(len(rows[0]))]
        )
