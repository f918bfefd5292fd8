"""The time for which a shutter is open, cut into slices that let in the same light: where all is in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ..contract.camera import Camera, FloatArray
from ..contract.instant import Instant
from ..contract.shutter import Shutter


def slices(shutter: Shutter, count: int) -> list[Instant]:
    """What is between the shutter's instants: places move on straight lines, turns are even."""
    last = len(shutter.instants) - 1
    found = []
    for place in shutter.places(count) * last:
        number = min(int(place), last - 1)
        found.append(_between(shutter.instants[number], shutter.instants[number + 1], float(place - number)))
    return found


def _between(one: Instant, other: Instant, share: float) -> Instant:
    start, end = (np.asarray(instant.field_to_scene, dtype=np.float64).reshape(4, 4) for instant in (one, other))
    return Instant(
        camera=_camera(one.camera, other.camera, share),
        field_to_scene=tuple(_affine(start, end, share).ravel().tolist()),
        shot_frame=_mixed((one.shot_frame, other.shot_frame), share),
    )


def _camera(one: Camera, other: Camera, share: float) -> Camera:
    fx, fy, cx, cy, near, far = (
        _mixed((getattr(one, name), getattr(other, name)), share) for name in ("fx", "fy", "cx", "cy", "near", "far")
    )
    matrix = tuple(_affine(one.camera_to_world, other.camera_to_world, share).ravel().tolist())
    return replace(one, fx=fx, fy=fy, cx=cx, cy=cy, near=near, far=far, matrix=matrix)


def _mixed(ends: Sequence[float], share: float) -> float:
    # Ends that are alike stay as they are, infinite ones too.
    return ends[0] if ends[0] == ends[1] else (1 - share) * ends[0] + share * ends[1]


def _affine(one: FloatArray, other: FloatArray, share: float) -> FloatArray:
    """Between two affine maps, (4, 4): turns and stretches apart, so that nothing shrinks while it turns."""
    if np.array_equal(one, other):
        return one
    (turn, stretch), (other_turn, other_stretch) = _polar(one[:3, :3]), _polar(other[:3, :3])
    way, _ = cv2.Rodrigues(turn.T @ other_turn)
    turned, _ = cv2.Rodrigues(way * share)
    found = (1 - share) * one + share * other
    found[:3, :3] = turn @ turned @ ((1 - share) * stretch + share * other_stretch)
    return found


def _polar(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A rotation and a symmetric stretch whose product is the matrix (polar decomposition); mirrors are stretches."""
    left, sizes, right = np.linalg.svd(matrix)
    sign = np.sign(np.linalg.det(left @ right)) or 1.0
    return sign * (left @ right), sign * (right.T * sizes) @ right
