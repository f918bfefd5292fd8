"""Where a shot's subject is: the box that the field's finest cells are spent on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..footage.pixels import load_pixels
from ..footage.shot import Corner, Shot

_CELLS = 48
_SEEN_BY = 0.4
"""A cell belongs to the subject where this share of the frames that see it see the subject there; it may move."""
_FRAMES = 60


def find_bounds(shot: Shot) -> tuple[Corner, Corner]:
    """Lower and upper corner in capture space.

    A box that the artist drew wins. A subject with alpha gets its visual hull; an opaque shot a cube around what its
    cameras look at, as far as the capture says depths reach, or as far as the cameras stand.
    """
    if shot.bounds is not None:
        return shot.bounds
    poses = np.stack([frame.camera.camera_to_world for frame in shot.frames])
    centre, distance = _looked_at(poses, shot)
    box = centre - distance, centre + distance
    if shot.has_alpha:
        box = _hull(shot, box)
    return _corner(box[0]), _corner(box[1])


def _corner(point: NDArray[np.float64]) -> Corner:
    return float(point[0]), float(point[1]), float(point[2])


def _looked_at(poses: NDArray[np.float64], shot: Shot) -> tuple[NDArray[np.float64], float]:
    places, axes = poses[:, :3, 3], -poses[:, :3, 2]
    if shot.near and shot.far:
        middle = float(np.sqrt(shot.near * shot.far))
        return (places + axes * middle).mean(axis=0), middle
    # The point nearest to all optical axes; a little weight on the cameras keeps parallel axes solvable.
    away = np.eye(3) - axes[:, :, None] * axes[:, None, :]
    total = away.sum(axis=0) + 1e-4 * len(places) * np.eye(3)
    right = (away @ places[:, :, None])[..., 0].sum(axis=0) + 1e-4 * places.sum(axis=0)
    centre = np.linalg.solve(total, right)
    return centre, max(float(np.median(np.linalg.norm(places - centre, axis=1))) * 0.75, 1e-3)


def _hull(shot: Shot, box: tuple[NDArray[np.float64], NDArray[np.float64]]) -> tuple[NDArray, NDArray]:
    low, high = box
    axes = [np.linspace(low[i], high[i], _CELLS) for i in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    seen, hit = np.zeros(len(points)), np.zeros(len(points))
    stride = max(len(shot.frames) // _FRAMES, 1)
    for frame in shot.frames[::stride]:
        inside, subject = _silhouette(frame.camera, load_pixels(frame)[..., 3] > 0.05, points)
        seen += inside
        hit += subject
    kept = points[(seen > 0) & (hit >= _SEEN_BY * seen)]
    if len(kept) == 0:
        return low, high
    margin = 2.5 * (high - low) / _CELLS
    return kept.min(axis=0) - margin, kept.max(axis=0) + margin


def _silhouette(camera: Camera, alpha: NDArray[np.bool_], points: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
    pixels, depth = camera.project(points)
    x, y = np.floor(pixels).astype(np.int64).T
    inside = (depth > 0) & (x >= 0) & (y >= 0) & (x < camera.width) & (y < camera.height)
    subject = np.zeros(len(points), dtype=bool)
    subject[inside] = alpha[y[inside], x[inside]]
    return inside, subject
