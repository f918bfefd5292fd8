"""What moves by itself in a clip of one camera, and whether the camera moves at all; by optical flow alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]

WIDTH = 480
"""Pixels along the width of the pictures looked at here, and so the unit of the distances below."""
_GRID = 8
_MISS = 2.0
"""Distance from where a standing thing could have gone, above which a pixel moves by itself."""
_MOST = 0.5
"""Share of a picture above which no such finding is believed: the camera's own motion was not understood."""
_STILL = 0.5
"""A pixel that stays within this distance has not moved."""


def shrunk(rgb: NDArray[np.uint8]) -> Grey:
    """(H, W, 3) uint8 as grey at the width used here."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    scale = WIDTH / grey.shape[1]
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def camera_stands_still(pictures: Sequence[Grey]) -> bool:
    """Whether most of the picture stays where it is from one part of the clip to the next, nearly always."""
    step = max(len(pictures) // 12, 1)
    pairs = list(zip(pictures[::step], pictures[step::step], strict=False))
    still = [np.mean(np.linalg.norm(_flow(one, other), axis=2) < _STILL) > 0.5 for one, other in pairs]
    return bool(still) and float(np.mean(still)) > 0.8


def moving_masks(pictures: Sequence[Grey], step: int, tell: Callable[[int], None]) -> list[Mask]:
    """Which pixels of each picture move by themselves, (h, w) bool.

    Things that stand still move along epipolar lines, whatever the camera does. A pixel that leaves them both towards
    the picture `step` later and towards the one `step` earlier moves by itself; one that moves along them is not found.
    """
    masks = []
    for number, picture in enumerate(pictures):
        tell(number)
        others = [pictures[other] for other in (number - step, number + step) if 0 <= other < len(pictures)]
        found = np.logical_and.reduce([_leaves_its_line(picture, other) for other in others])
        opened = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        masks.append(cv2.dilate(opened, np.ones((13, 13), np.uint8)) > 0)
    return masks


def _flow(one: Grey, other: Grey) -> NDArray[np.float32]:
    """(h, w, 2), where each pixel of `one` has gone in `other`."""
    empty = np.zeros((*one.shape, 2), dtype=np.float32)
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(one, other, empty)
    return np.asarray(flow, dtype=np.float32)


def _leaves_its_line(one: Grey, other: Grey) -> Mask:
    flow = _flow(one, other)
    height, width = one.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    here = np.stack([x, y], axis=2)
    there = here + flow
    some = (slice(_GRID // 2, None, _GRID), slice(_GRID // 2, None, _GRID))
    matrix, _ = cv2.findFundamentalMat(
        here[some].reshape(-1, 2), there[some].reshape(-1, 2), cv2.USAC_MAGSAC, 1.0, 0.999, 2000
    )
    if matrix is None or matrix.shape != (3, 3):
        return np.zeros((height, width), dtype=bool)
    exact = np.asarray(matrix, dtype=np.float64)
    away = np.sqrt(_sampson(exact, here.reshape(-1, 2), there.reshape(-1, 2))).reshape(height, width) > _MISS
    return away if away.mean() < _MOST else np.zeros_like(away)


def _sampson(matrix: NDArray[np.float64], here: NDArray[np.float32], there: NDArray[np.float32]) -> NDArray[np.float64]:
    """Squared distance of matches from agreeing with a fundamental matrix, to first order.

    Source: Hartley and Zisserman, Multiple View Geometry (2nd edition), equation 11.9.
    """
    ones = np.ones((len(here), 1))
    a, b = np.hstack([here, ones]), np.hstack([there, ones])
    line_there, line_here = a @ matrix.T, b @ matrix
    value = np.sum(b * line_there, axis=1) ** 2
    slope = line_there[:, 0] ** 2 + line_there[:, 1] ** 2 + line_here[:, 0] ** 2 + line_here[:, 1] ** 2
    return np.asarray(value / np.maximum(slope, 1e-12), dtype=np.float64)
