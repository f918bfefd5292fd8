"""Whether new footage shows something beyond the bounds of a field, where nothing can be learnt.

Proof comes from silhouettes alone, whatever the field has learnt: a pixel shows something within the bounds only if a
point on its ray, within the box, is in the silhouettes of all cameras of that instant that see the point. With one
camera that is whether the ray meets the box at all. So what is told is true, but what has left the box by little may
not be told. An opaque world has no end: nothing leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..field.model import Field
from ..footage.lens import ray_directions
from ..footage.pixels import load_mask, load_pixels
from ..footage.shot import Frame

_LARGEST = 128
"""Pixels along the longer side of a picture in which silhouettes are taken."""
_SHOWN, _MAY_SHOW = 0.9, 0.02
"""Alpha of a coarse pixel from which on it shows the subject, and from which on it may show a bit of it."""
_RAYS = 250
"""Of the subject's pixels in each picture that are looked at."""
_POINTS = 96
"""Along each ray, within the box."""
_FEWEST, _LEAST = 4, 0.02
"""Rays, and share of all, below which nothing is said: a matte may have flaws."""


def share_beyond(field: Field, frames: Sequence[Frame]) -> float:
    """Share of what the pictures of one instant show of a subject that cannot be within the field's bounds, 0 to 1.

    Raises
    ------
    UserError
        If a picture or mask cannot be read.
    """
    if field.config.opaque:
        return 0.0
    views = [_View(frame) for frame in frames]
    beyond = np.concatenate([_beyond(field, view, [one for one in views if one is not view]) for view in views])
    share = float(beyond.mean()) if len(beyond) else 0.0
    return share if beyond.sum() >= _FEWEST and share >= _LEAST else 0.0


class _View:
    """One coarse picture.

    Attributes
    ----------
    shown : (H, W) bool, where nothing but the subject is.
    may_show : (H, W) bool, wherever a bit of it may be, a pixel around included, and behind a mask.
    """

    def __init__(self, frame: Frame) -> None:
        self.camera: Camera = frame.camera.no_larger(_LARGEST)
        size, mask = (self.camera.width, self.camera.height), load_mask(frame)
        alpha = load_pixels(frame)[..., 3]
        hidden = np.zeros_like(alpha) if mask is None else (~mask).astype(np.float32)
        coarse, unknown = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (alpha, hidden))
        self.shown = (coarse >= _SHOWN) & (unknown == 0)
        may_show = ((coarse >= _MAY_SHOW) | (unknown > 0)).astype(np.uint8)
        self.may_show = cv2.dilate(may_show, np.ones((3, 3), np.uint8)) > 0

    def rays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Origin (3,) and directions (R, 3), capture space, of some pixels that show the subject."""
        chosen = np.flatnonzero(self.shown)
        chosen = chosen[:: max(len(chosen) // _RAYS, 1)]
        pose = self.camera.camera_to_world
        local = ray_directions(self.camera).reshape(-1, 3)[chosen].astype(np.float64)
        return pose[:3, 3], local @ pose[:3, :3].T

    def allows(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) where points (N, 3) may be the subject's, for all that this picture knows."""
        if any(self.camera.lens.coefficients):
            # Where points land is not known well enough.
            return np.ones(len(points), dtype=bool)
        places, depth = self.camera.project(points)
        x, y = np.floor(np.nan_to_num(places, nan=-1.0).clip(-1, _LARGEST + 1)).astype(int).T
        seen = (depth > 0) & (x >= 0) & (y >= 0) & (x < self.camera.width) & (y < self.camera.height)
        allowed = np.ones(len(points), dtype=bool)
        allowed[seen] = self.may_show[y[seen], x[seen]]
        return allowed


def _beyond(field: Field, view: _View, others: Sequence[_View]) -> NDArray[np.bool_]:
    """(R,) whether rays of a view cannot have met the subject within the bounds."""
    low, high = (corner.double().cpu().numpy() for corner in (field.low, field.high))
    origin, directions = view.rays()
    safe = np.where(np.abs(directions) < 1e-9, 1e-9, directions)
    one, two = (low - origin) / safe, (high - origin) / safe
    entry, leave = np.minimum(one, two).max(axis=1).clip(min=0), np.maximum(one, two).min(axis=1)
    share = (np.arange(_POINTS) + 0.5) / _POINTS
    along = entry[:, None] + (leave - entry)[:, None] * share
    points = (origin + along[..., None] * directions[:, None]).reshape(-1, 3)
    allowed = np.broadcast_to(leave > entry, (_POINTS, len(leave))).T.reshape(-1).copy()
    for other in others:
        allowed[allowed] = other.allows(points[allowed])
    return np.asarray(~allowed.reshape(-1, _POINTS).any(axis=1))
