"""Points of the scene that several pictures of an opaque shot agree on: where its depths lie before the bake begins.

Features are matched between pictures whose cameras stand apart, and triangulated with the cameras that the footage
came with. A match is believed where the two rays meet; things that move mostly fail that, and what slips through is
outvoted later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera, Projection
from ..contract.errors import Cancelled
from ..footage.lens import ray_directions
from ..footage.pixels import load_depth, load_mask, load_moving, load_shown
from ..footage.shot import Shot

Floats = NDArray[np.float64]

_FRAMES = 80
_FEATURES = 800
_LARGEST = 960
"""Pixels along the longer side of a picture in which features are sought."""
_STEPS = (1, 2, 4, 7, 12)
"""How many places further in the order of frames a partner is sought."""
_RATIO = 0.8
_MISS = 1.0
"""Pixels by which the two rays of a match may miss each other."""
_MEASURED = 4000
"""Pixels of a depth map that are used."""
_PARALLAX = np.radians(1.5)
FEWEST = 100
"""Landmarks below which nothing is concluded from them."""


@dataclass(frozen=True)
class Landmarks:
    """Landmarks as the frames see them.

    frame : (L,) int64, number of the frame in the shot.
    pixel : (L,) int64, row by row in that frame.
    depth : (L,) float64, planar depth in that frame's camera, capture units.
    points : (L, 3) float64, capture space.
    """

    frame: NDArray[np.int64]
    pixel: NDArray[np.int64]
    depth: Floats
    points: Floats

    def __len__(self) -> int:
        return len(self.frame)


@dataclass(frozen=True)
class _Features:
    number: int
    camera: Camera
    descriptors: NDArray[np.float32]
    pixel: NDArray[np.int64]
    origins: Floats
    directions: Floats
    """Unit length, capture space."""


def find_landmarks(shot: Shot, should_stop: Callable[[], bool]) -> Landmarks:
    """Match and triangulate; may find nothing, as where the camera stands still.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    stride = max(len(shot.frames) // _FRAMES, 1)
    features = []
    for number in range(0, len(shot.frames), stride):
        if should_stop():
            raise Cancelled
        features.append(_features(shot, number))
    found = [_triangulated(one, other) for one, other in _partners(shot, features)]
    parts = [part for pair in found for part in pair]
    if not parts:
        return Landmarks(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 3)))
    return _joined(parts)


def measured_landmarks(shot: Shot, seed: int, should_stop: Callable[[], bool]) -> Landmarks | None:
    """Some pixels of the shot's depth maps, moving things included; None where it has no depth maps.

    Raises
    ------
    UserError
        If a depth map cannot be read.
    Cancelled
        If `should_stop` says so.
    """
    random = np.random.default_rng(seed)
    found = []
    for number, frame in enumerate(shot.frames):
        if should_stop():
            raise Cancelled
        depth = load_depth(frame)
        if depth is None or frame.camera.projection is Projection.ORTHOGRAPHIC:
            continue
        known = np.flatnonzero(np.isfinite(depth))
        pixel = np.sort(random.choice(known, min(_MEASURED, len(known)), replace=False)).astype(np.int64)
        far = depth.ravel()[pixel].astype(np.float64)
        pose = frame.camera.camera_to_world
        local = ray_directions(frame.camera).reshape(-1, 3)[pixel] * far[:, None]
        found.append(Landmarks(np.full(len(pixel), number), pixel, far, local @ pose[:3, :3].T + pose[:3, 3]))
    return _joined(found) if found else None


def _joined(parts: list[Landmarks]) -> Landmarks:
    return Landmarks(
        np.concatenate([part.frame for part in parts]),
        np.concatenate([part.pixel for part in parts]),
        np.concatenate([part.depth for part in parts]),
        np.concatenate([part.points for part in parts]),
    )


def _features(shot: Shot, number: int) -> _Features:
    frame = shot.frames[number]
    camera = frame.camera
    grey = cv2.cvtColor((load_shown(frame)[..., :3] * 255).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    shrink = min(1.0, _LARGEST / max(grey.shape))
    if shrink < 1:
        grey = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    # Dim pictures have as many features as bright ones once their contrast is evened out.
    grey = cv2.createCLAHE(2.0, (8, 8)).apply(grey)
    keys, descriptors = cv2.SIFT.create(_FEATURES, contrastThreshold=0.02).detectAndCompute(grey, None)
    places = np.array([key.pt for key in keys], dtype=np.float64).reshape(-1, 2)
    # OpenCV counts from pixel centres.
    x, y = (((places + 0.5) / shrink).astype(np.int64)).T
    x, y = x.clip(0, camera.width - 1), y.clip(0, camera.height - 1)
    mask, moving = load_mask(frame), load_moving(frame)
    kept = np.ones(len(x), dtype=bool)
    if mask is not None:
        kept &= mask[y, x]
    if moving is not None:
        kept &= ~moving[y, x]
    exact = (places + 0.5) / shrink - np.stack([x, y], axis=1) - 0.5
    pose = camera.camera_to_world
    local = ray_directions(camera)[y, x].astype(np.float64)
    origins = np.broadcast_to(pose[:3, 3], local.shape)
    step = np.stack([exact[:, 0] / camera.fx, -exact[:, 1] / camera.fy, np.zeros(len(x))], axis=1)
    if camera.projection is Projection.ORTHOGRAPHIC:
        kept &= False
    directions = (local + step) @ pose[:3, :3].T
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    empty = np.zeros((0, 128), dtype=np.float32)
    described = empty if descriptors is None else np.asarray(descriptors, dtype=np.float32)[kept]
    return _Features(number, camera, described, (y * camera.width + x)[kept], origins[kept], directions[kept])


def _partners(shot: Shot, features: list[_Features]) -> list[tuple[_Features, _Features]]:
    """Frames of one stream some places apart, and frames of neighbouring streams taken at about the same time."""
    streams: dict[int, list[_Features]] = {}
    for one in features:
        streams.setdefault(shot.frames[one.number].stream, []).append(one)
    pairs = [(s[i], s[i + step]) for s in streams.values() for step in _STEPS for i in range(len(s) - step)]
    for left, right in pairwise(streams.values()):
        for one in left:
            when = shot.frames[one.number].shot_frame
            pairs.append((one, min(right, key=lambda other: abs(shot.frames[other.number].shot_frame - when))))
    return pairs


def _triangulated(one: _Features, other: _Features) -> list[Landmarks]:
    apart = np.linalg.norm(one.camera.camera_to_world[:3, 3] - other.camera.camera_to_world[:3, 3])
    if len(one.pixel) < 8 or len(other.pixel) < 8 or apart < 1e-9:
        return []
    matches = cv2.BFMatcher(cv2.NORM_L2).knnMatch(one.descriptors, other.descriptors, k=2)
    good = [(m.queryIdx, m.trainIdx) for m, n in matches if m.distance < _RATIO * n.distance]
    if not good:
        return []
    a, b = np.array(good).T
    o1, d1, o2, d2 = one.origins[a], one.directions[a], other.origins[b], other.directions[b]
    along = np.sum(d1 * d2, axis=1)
    away = np.maximum(1 - along * along, 1e-12)
    gap = o2 - o1
    first = (np.sum(gap * d1, axis=1) - along * np.sum(gap * d2, axis=1)) / away
    second = (along * np.sum(gap * d1, axis=1) - np.sum(gap * d2, axis=1)) / away
    p1, p2 = o1 + first[:, None] * d1, o2 + second[:, None] * d2
    miss = np.linalg.norm(p1 - p2, axis=1) / np.maximum(np.minimum(first, second), 1e-12)
    focal = min(one.camera.fx, other.camera.fx)
    kept = (first > 0) & (second > 0) & (np.arccos(along.clip(-1, 1)) > _PARALLAX) & (miss * focal < _MISS)
    points = ((p1 + p2) / 2)[kept]
    return [_seen(one, a[kept], points), _seen(other, b[kept], points)]


def _seen(features: _Features, chosen: NDArray[np.int64], points: Floats) -> Landmarks:
    _, depth = features.camera.project(points)
    return Landmarks(np.full(len(chosen), features.number), features.pixel[chosen], depth, points)
