"""How well the footage knows what a pixel shows.

`contract.coverage`, but of a point instead of the bounds' middle: a frame of the footage is a look at a point if it has
it in its picture, and its direction is that from the point to the camera. What stands still was seen at any time, so
there time counts as far as the point moves by itself:

    confidence = moving * coverage(direction, shot frame) + (1 - moving) * coverage(direction)

About cameras alone: what hides behind something, and how well the bake went, it does not know.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ..contract.coverage import ANGLE, SECONDS
from ..contract.field_file import FootageCameras

_MOST = 96
"""Looks that are asked, so that a long shot costs no more: half of them the nearest in time, the others evenly spread
over the footage."""


class Confidence:
    """Of points at one instant.

    Parameters
    ----------
    fps : float
        Of the shot.
    device : torch.device
        Where points are.
    """

    def __init__(self, footage: FootageCameras, fps: float, shot_frame: float, device: torch.device) -> None:
        chosen = _chosen(footage.shot_frames, shot_frame)

        def tensor(values: np.ndarray) -> Tensor:
            return torch.as_tensor(np.ascontiguousarray(values), dtype=torch.float32, device=device)

        self._eyes = tensor(footage.matrices[chosen, :3, 3])
        self._axes = tensor(footage.matrices[chosen, :3, :3])
        self._width, self._height, self._fx, self._fy, self._cx, self._cy = tensor(footage.intrinsics[chosen]).T
        self._late = (tensor(footage.shot_frames[chosen] - shot_frame) / fps / SECONDS).square()

    def of(self, points: Tensor, towards: Tensor, moving: Tensor) -> Tensor:
        """(N,) in [0, 1] of points (N, 3), seen along unit vectors (N, 3), of which (N,) moves; capture space."""
        if not len(self._eyes):
            return torch.zeros_like(moving)
        away = self._eyes - points[:, None]
        distance = away.norm(dim=-1).clamp(min=1e-9)
        cosine = -torch.einsum("nmi,ni->nm", away, towards) / distance
        angle = (torch.acos(cosine.clamp(-1, 1)) / math.radians(ANGLE)).square()
        angle = torch.where(self._sees(away), angle, torch.inf)
        still = torch.exp(-angle.amin(dim=1) / 2)
        then = torch.exp(-(angle + self._late).amin(dim=1) / 2)
        return torch.lerp(still, then, moving)

    def _sees(self, away: Tensor) -> Tensor:
        """(N, M), whether a picture has what its camera is `away` (N, M, 3) from."""
        x, y, z = -torch.einsum("nmi,mij->jnm", away, self._axes)
        depth = (-z).clamp(min=1e-9)
        column, row = self._cx + self._fx * x / depth, self._cy - self._fy * y / depth
        return (z < 0) & (column >= 0) & (column < self._width) & (row >= 0) & (row < self._height)


def _chosen(shot_frames: np.ndarray, shot_frame: float) -> np.ndarray:
    """Numbers of the looks that are asked."""
    order = np.argsort(np.abs(shot_frames - shot_frame), kind="stable")
    if len(order) <= _MOST:
        return order
    near, rest = order[: _MOST // 2], np.sort(order[_MOST // 2 :])
    return np.concatenate([near, rest[np.linspace(0, len(rest) - 1, _MOST - len(near)).astype(int)]])
