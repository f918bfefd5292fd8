"""What the networks see besides codes, written straight into their rows; the fast path on CPUs.

The definitions are `waves.with_waves` and `decoder.harmonics`.
"""

# mypy: ignore-errors
# Kernels are compiled by numba, whose scalar arithmetic NumPy's type stubs do not describe.
from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from torch import Tensor

from .waves import BANDS


@njit(nogil=True, cache=True, fastmath=True)
def _waves(points: Any, rows: Any) -> None:
    one, two, pi = np.float32(1), np.float32(2), np.float32(np.pi)
    for n in range(points.shape[0]):
        for axis in range(3):
            value = points[n, axis]
            rows[n, axis] = value
            # Each band has twice the angle of the one before.
            sine, cosine = np.sin(pi * value), np.cos(pi * value)
            for band in range(BANDS):
                column = 3 + axis * BANDS + band
                rows[n, column] = sine
                rows[n, column + 3 * BANDS] = cosine
                sine, cosine = two * sine * cosine, one - two * sine * sine


@njit(nogil=True, cache=True, fastmath=True)
def _harmonics(directions: Any, rows: Any, column: int) -> None:
    one, three = np.float32(1), np.float32(3)
    for n in range(directions.shape[0]):
        x, y, z = directions[n, 0], directions[n, 1], directions[n, 2]
        rows[n, column], rows[n, column + 1], rows[n, column + 2], rows[n, column + 3] = one, x, y, z
        rows[n, column + 4], rows[n, column + 5] = x * y, y * z
        rows[n, column + 6], rows[n, column + 7], rows[n, column + 8] = three * z * z - one, x * z, x * x - y * y


@njit(nogil=True, cache=True)
def _rectified(values: Any, grad: Any) -> None:
    for n in range(values.shape[0]):
        for f in range(values.shape[1]):
            grad[n, f] = grad[n, f] if values[n, f] > 0 else np.float32(0)


def waves_into(points: Tensor, rows: Tensor) -> None:
    """Points (N, 3) of the unit cube and their waves into the first `waves.WIDTH` columns of rows."""
    _waves(points.numpy(), rows.numpy())


def harmonics_into(directions: Tensor, rows: Tensor, column: int) -> None:
    """Spherical harmonics of unit directions (N, 3) into `decoder.DIRECTIONS` columns of rows."""
    _harmonics(directions.numpy(), rows.numpy(), column)


def rectified_backward(values: Tensor, grad: Tensor) -> Tensor:
    """The gradient (N, F) before a ReLU that gave `values`, in place."""
    _rectified(values.numpy(), grad.numpy())
    return grad
