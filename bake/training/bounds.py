"""Where a shot's subject is: the box that the field's finest cells are spent on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..footage.pixels import load_pixels
from ..footage.shot import Corner, Shot
from .landmarks import FEWEST, Landmarks

_CELLS = 48
_SEEN_BY = 0.4
"""A cell belongs to the subject where this share of the frames that see it see the subject there; it may move."""
_FRAMES = 60
_NEARER, _FARTHER = 0.3, 8.0
"""How much nearer and farther than its landmarks a shot may reach: what moves has few."""
Box = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Bounds:
    """Where to look: the box (capture space) and the distances from a camera between which rays can meet something."""

    low: Corner
    high: Corner
    near: float
    far: float


def find_bounds(shot: Shot, landmarks: Landmarks | None) -> Bounds:
    """The box that the field's finest cells are spent on.

    A box that the artist drew wins. A subject with alpha gets its visual hull. An opaque shot gets the box of its
    landmarks; if there are too few, a cube around what its cameras look at, as far as the capture says depths reach, or
    as far as the cameras stand.
    """
    poses = np.stack([frame.camera.camera_to_world for frame in shot.frames])
    centre, distance = _looked_at(poses, shot)
    low, high = centre - distance, centre + distance
    near = far = None
    if shot.has_alpha:
        low, high = _hull(shot, (low, high))
    elif landmarks is not None and len(landmarks) >= FEWEST:
        near, far = (float(v) for v in np.percentile(landmarks.depth, [1, 99]) * (_NEARER, _FARTHER))
        low, high = _landmark_box(landmarks, poses[:, :3, 3] - poses[:, :3, 2] * near)
    box = shot.bounds or (_corner(low), _corner(high))
    size = max(b - a for a, b in zip(*box, strict=True))
    return Bounds(*box, near or shot.near or size * 0.02, 1.05 * (far or shot.far or size * 20))


def _landmark_box(landmarks: Landmarks, nearest: NDArray[np.float64]) -> Box:
    """What lies where the landmarks do, or between them and the cameras; no edge much shorter than the others."""
    low, high = np.percentile(landmarks.points, [2, 98], axis=0)
    low, high = np.minimum(low, nearest.min(axis=0)), np.maximum(high, nearest.max(axis=0))
    half = (high - low) / 2
    half = np.maximum(half * 1.05, half.max() / 2)
    return (low + high) / 2 - half, (low + high) / 2 + half


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


def _hull(shot: Shot, box: Box) -> Box:
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
