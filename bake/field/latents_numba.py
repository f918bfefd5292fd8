"""The temporal lattice's fast path on CPUs; `latents.TemporalLattice.forward` is the definition."""

# mypy: ignore-errors
# Kernels are compiled by numba, whose scalar arithmetic NumPy's type stubs do not describe.
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from torch import Tensor

from .segments import Window


@njit(inline="always")
def between(value: float, count: int) -> tuple[int, int, float]:
    """The knots around a value in [0, 1], of `count` even ones, and the share of the way from one to the other."""
    scaled = min(max(value, np.float32(0)), np.float32(1)) * np.float32(count - 1)
    knot = min(int(scaled), max(count - 2, 0))
    return knot, min(knot + 1, count - 1), scaled - np.float32(knot)


@njit(nogil=True, cache=True, fastmath=True)
def _forward(places: Any, codes: Any, first: int, count: int, rows: Any, column: int) -> None:
    for n in range(places.shape[0]):
        before, after, share = between(places[n], count)
        before, after = before - first, after - first
        for f in range(codes.shape[1]):
            rows[n, column + f] = codes[before, f] + share * (codes[after, f] - codes[before, f])


@njit(nogil=True, cache=True, fastmath=True)
def _backward(places: Any, rows: Any, column: int, grad_codes: Any) -> None:
    for n in range(places.shape[0]):
        before, after, share = between(places[n], grad_codes.shape[0])
        for f in range(grad_codes.shape[1]):
            grad = rows[n, column + f]
            grad_codes[before, f] += (np.float32(1) - share) * grad
            grad_codes[after, f] += share * grad


def codes_into(places: Tensor, codes: Window, rows: Tensor, column: int) -> None:
    """Codes (K, C) at places (N,), from the shot's first knot at 0 to its last at 1, into C columns of rows."""
    _forward(places.numpy(), codes.values.numpy(), codes.first, codes.count, rows.numpy(), column)


def codes_backward(places: Tensor, rows: Tensor, column: int, grad_codes: Tensor) -> None:
    """From the gradient of rows: adds to that of the codes."""
    _backward(places.numpy(), rows.numpy(), column, grad_codes.numpy())
