"""Where a shot's subject is: the box that the field's finest cells are spent on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..footage.lens import ray_directions
from ..footage.pixels import load_pixels
from ..footage.shot import Corner, Frame, Shot
from .landmarks import FEWEST, Landmarks

_CELLS = 48
_AGREED = (0.85, 0.6)
"""A cell belongs to the subject where this share of the frames that see it see the subject there; the first that any
cell comes up to."""
_LOOKED_AT = 0.5
"""Share of the frames that must have a cell in their picture."""
_RAYS_A_FRAME = 400
_MISSED = 1e-4
_MARGIN = 0.12
"""Room on each side for what moves along the views of its instant, which no silhouette can tell."""
_FRAMES = 60
_LARGEST = 480
"""Pixels along the longer side of a picture in which the subject is sought."""
_SEEN = 0.05
"""Alpha above which a pixel shows the subject."""
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
    """The box of the space-time visual hull, wide enough that every ray on which the subject is seen meets it."""
    stride = max(len(shot.frames) // _FRAMES, 1)
    frames = sorted(shot.frames[::stride], key=lambda frame: frame.shot_frame)
    cameras, alphas = zip(*(_small_alpha(frame) for frame in frames), strict=True)
    for _ in range(2):
        cores = (_core(cameras, alphas, box, agreed) for agreed in _AGREED)
        core = next((core for core in cores if core is not None), None)
        if core is None:
            return box
        box = core
    origins, directions = _subject_rays(cameras, alphas)
    low, high = _widened(*box, origins, directions)
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def _small_alpha(frame: Frame) -> tuple[Camera, NDArray[np.bool_]]:
    """Where a frame shows the subject, (H, W) bool, and its camera at that size; many full pictures have no room."""
    camera = frame.camera.no_larger(_LARGEST)
    size = (camera.width, camera.height)
    return camera, cv2.resize(load_pixels(frame)[..., 3], size, interpolation=cv2.INTER_AREA) > _SEEN


def _core(cameras: Sequence[Camera], alphas: Sequence[NDArray[np.bool_]], box: Box, agreed: float) -> Box | None:
    """The box of the cells that nearly all frames of some stretch of time agree on."""
    low, high = box
    axes = [np.linspace(low[i], high[i], _CELLS) for i in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    pairs = [_silhouette(camera, alpha, points) for camera, alpha in zip(cameras, alphas, strict=True)]
    inside, hit = (np.array(part) for part in zip(*pairs, strict=True))
    # Not all frames at once, as the subject may move; and what few cameras see is no subject, but near a camera.
    window = max(len(cameras) // 4, 6)
    kept = np.zeros(len(points), dtype=bool)
    for first in range(0, max(len(cameras) - window // 2, 1), window // 2):
        seen = inside[first : first + window].sum(axis=0)
        subject = hit[first : first + window].sum(axis=0) >= agreed * seen
        kept |= subject & (seen >= _LOOKED_AT * len(inside[first : first + window]))
    kept &= inside.sum(axis=0) >= _LOOKED_AT * len(cameras)
    if not kept.any():
        return None
    margin = (high - low) / _CELLS
    return points[kept].min(axis=0) - margin, points[kept].max(axis=0) + margin


def _subject_rays(cameras: Sequence[Camera], alphas: Sequence[NDArray[np.bool_]]) -> Box:
    """Origins and directions (N, 3) of some of the rays on which the subject is seen."""
    origins, directions = [], []
    for camera, alpha in zip(cameras, alphas, strict=True):
        chosen = np.flatnonzero(alpha)
        chosen = chosen[:: max(len(chosen) // _RAYS_A_FRAME, 1)]
        pose = camera.camera_to_world
        local = ray_directions(camera).reshape(-1, 3)[chosen].astype(np.float64)
        directions.append(local @ pose[:3, :3].T)
        origins.append(np.broadcast_to(pose[:3, 3], local.shape))
    return np.concatenate(origins), np.concatenate(directions)


def _widened(
    low: NDArray[np.float64], high: NDArray[np.float64], origins: NDArray[np.float64], directions: NDArray[np.float64]
) -> Box:
    """Move the face that gains most, again and again, until nearly all rays meet the box."""
    safe = np.where(np.abs(directions) < 1e-9, 1e-9, directions)

    def missed(box: Box) -> int:
        one, two = (box[0] - origins) / safe, (box[1] - origins) / safe
        entry, leave = np.minimum(one, two).max(axis=1), np.maximum(one, two).min(axis=1)
        return int(np.count_nonzero((entry > leave) | (leave < 0)))

    step = 0.04 * (high - low)
    for _ in range(100):
        if missed((low, high)) <= _MISSED * len(origins):
            break
        moves = [np.eye(3)[axis] * step for axis in range(3)]
        low, high = min([(low - m, high) for m in moves] + [(low, high + m) for m in moves], key=missed)
    return low, high


def _silhouette(camera: Camera, alpha: NDArray[np.bool_], points: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
    pixels, depth = camera.project(points)
    x, y = np.floor(pixels).astype(np.int64).T
    inside = (depth > 0) & (x >= 0) & (y >= 0) & (x < camera.width) & (y < camera.height)
    subject = np.zeros(len(points), dtype=bool)
    subject[inside] = alpha[y[inside], x[inside]]
    return inside, subject
