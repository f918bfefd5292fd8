"""Which pixel nearby shows the native surface that a pixel shares with another one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.float32]

_REACH = 4
"""Pixels, so that a surface of eight pixels across is found from both of its edges."""
_ALIKE = 0.35
"""How far a pixel's inverse depth may be off, as a share of how much it varies where surfaces meet."""


@dataclass(frozen=True)
class Picked:
    """`x`, `y` : (H, W) float32, places in the picture from 0 to 1 from its bottom left, the pixel itself where nothing
    is picked. `found` : (M,) bool, of the pixels that were asked for."""

    x: Picture
    y: Picture
    found: NDArray[np.bool_]


def picked(
    middle: Picture, nearest: Picture, farthest: Picture, mixed: NDArray[np.int64], found: Picture, world: bool
) -> Picked:
    """Find the nearest pixel that the surface fills, filter and all.

    Parameters
    ----------
    middle, nearest, farthest : (H, W) float32
        Native depth at pixel centres, and around them.
    mixed : (M,) int64
        Pixels by their numbers.
    found : (M, 5) float32
        What `exact` knows of them.
    world : bool
        Whether the world behind everything is a surface.
    """
    height, width = middle.shape
    row, column = np.divmod(mixed, width)
    inverse, most, least = (1 / depth for depth in (middle, nearest, farthest))
    filled = np.isfinite(farthest) | world
    apart = np.maximum((most - least)[row, column], 1e-12)
    best = np.full(len(mixed), np.inf)
    best_row, best_column = row.copy(), column.copy()
    for down, right in _around():
        y, x = np.clip(row + down, 0, height - 1), np.clip(column + right, 0, width - 1)
        miss = np.abs(inverse[y, x] - found[:, 4]) / apart
        varies = (most[y, x] - least[y, x]) / apart
        good = filled[y, x] & (miss < _ALIKE) & (varies < _ALIKE)
        cost = np.where(good, np.hypot(down, right) + miss + varies, np.inf)
        better = cost < best
        best[better], best_row[better], best_column[better] = cost[better], y[better], x[better]
    x, y = (np.mgrid[:height, :width][::-1] + 0.5).astype(np.float32)
    x[row, column], y[row, column] = best_column + 0.5, best_row + 0.5
    return Picked(x / np.float32(width), 1 - y / np.float32(height), np.isfinite(best))


def _around() -> list[tuple[int, int]]:
    """Offsets, down and right, but for the pixel itself."""
    steps = range(-_REACH, _REACH + 1)
    return [(down, right) for down in steps for right in steps if down or right]
