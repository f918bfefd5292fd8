"""Which parts of a picture move by themselves, told from its coarsest grid: cheap enough to look before each picture.

What moves is what `layers` takes for moving, here told by how fast the deformation gives the place other names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from ..contract.picture_budget import Favours
from ..contract.plate import EMPTY_DEPTH, VISIBLE_ALPHA
from .layers import MOVES, STILL
from .nested import COARSEST, Floats, NestedPicture, Numbers

if TYPE_CHECKING:
    from .view import View

_AROUND = 0.5
"""Shot frames to either side over which motion is measured."""
OTHER_STRIDE = 2
"""The finest grid of what is not favoured."""


class MotionDetail:
    """A `nested.Detail` that gives what moves, or what stands still, all there is, and the rest a grid of every other.

    Asked before the coarsest grid is there, it says everything.
    """

    def __init__(self, view: View, picture: NestedPicture, shot_frame: float, fps: float, favours: Favours) -> None:
        self._view, self._picture = view, picture
        self._shot_frame, self._fps, self._favours = shot_frame, fps, favours
        self._favoured: Floats | None = None

    @property
    def share(self) -> float:
        """Of the picture, what is favoured."""
        return 1.0 if self._favoured is None else float((self._favoured > 0).mean())

    def __call__(self, stride: int, rows: Numbers, columns: Numbers) -> Floats:
        """As `nested.Detail`."""
        if stride >= OTHER_STRIDE or not self._picture.weights[::COARSEST, ::COARSEST].all():
            return np.ones(len(rows), np.float32)
        if self._favoured is None:
            moving = self._moving()
            self._favoured = moving if self._favours is Favours.MOVING else 1 - moving
        return _between(self._favoured, rows / COARSEST, columns / COARSEST)

    @torch.no_grad()
    def _moving(self) -> Floats:
        """How far each pixel of the coarsest grid moves by itself, (h, w) in [0, 1]."""
        view, field = self._view, self._view.field
        seen = self._picture.pixels[::COARSEST, ::COARSEST]
        height, width = self._picture.weights.shape
        rows, columns = np.arange(0, height, COARSEST), np.arange(0, width, COARSEST)
        numbers = (rows[:, None] * width + columns).ravel()
        rays = view.rays_of(numbers, field.normalised_time(self._shot_frame))
        depth = torch.as_tensor(seen[..., 4].ravel(), device=field.low.device)
        there = torch.as_tensor(seen[..., 3].ravel() >= VISIBLE_ALPHA, device=depth.device) & (depth < EMPTY_DEPTH)
        unit, _ = field.to_unit(rays.origins[there] + rays.directions[there] * depth[there, None])
        edges = 2.0 if field.config.opaque else 1.0
        first, last = field.config.first_frame, field.config.last_frame
        before, after = max(self._shot_frame - _AROUND, first), min(self._shot_frame + _AROUND, last)
        speed = torch.zeros_like(depth)
        if after > before and len(unit):
            names = [
                field.canonical(unit, torch.full((len(unit),), field.normalised_time(when), device=depth.device))
                for when in (before, after)
            ]
            speed[there] = (names[1] - names[0]).norm(dim=-1) * edges * self._fps / (after - before)
        moving = ((speed - STILL) / (MOVES - STILL)).clamp(0, 1)
        return np.asarray(moving.cpu().numpy().reshape(len(rows), len(columns)), np.float32)


def _between(grid: Floats, rows: np.ndarray, columns: np.ndarray) -> Floats:
    """(h, w) values between their places, at (N,) rows and columns of the grid."""
    height, width = grid.shape
    up, left = np.minimum(rows.astype(int), height - 1), np.minimum(columns.astype(int), width - 1)
    down, right = np.minimum(up + 1, height - 1), np.minimum(left + 1, width - 1)
    y, x = rows - up, columns - left
    above, below = (grid[row, left] * (1 - x) + grid[row, right] * x for row in (up, down))
    return np.asarray(above * (1 - y) + below * y, np.float32)
