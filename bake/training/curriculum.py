"""The order in which a bake meets its footage: short stretches, few and coarse pictures first, in the end all of it.

Every segment of the shot begins with a stretch of its own, so that no part of a long shot waits for its turn until
little time is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..footage.shot import Shot
from ..footage.validation import FEWEST_FRAMES

_FIRST_SECONDS, _FIRST_FPS = 2.0, 15.0
_GROWN, _AT_FULL_RATE, _FINE = 0.4, 0.3, 0.2
"""How far the bake is when stretches fill their segments, when all frames are shown, and when no pixel is coarse."""


@dataclass(frozen=True)
class Lesson:
    """What a bake is shown at a time.

    stretch : float
        Share of each segment's time, from its beginning on.
    stride : int
        Every how many instants of the footage are shown.
    coarse : float
        Share of the rays that see the mean of several pixels.
    """

    stretch: float
    stride: int
    coarse: float


EVERYTHING = Lesson(1.0, 1, 0.0)


def lesson(fraction: float, seconds: float, fps: float) -> Lesson:
    """What is shown when a fraction of the bake is done, 0 to 1.

    Parameters
    ----------
    seconds : float
        Length of a segment.
    fps : float
        Frame rate of the footage.
    """
    first = min(_FIRST_SECONDS / max(seconds, 1e-9), 1.0)
    doublings = max(round(math.log2(fps / _FIRST_FPS)), 0)
    return Lesson(
        stretch=min(first + (1 - first) * fraction / _GROWN, 1.0),
        stride=2 ** math.ceil(doublings * max(1 - fraction / _AT_FULL_RATE, 0.0)),
        coarse=max(1 - fraction / _FINE, 0.0),
    )


def frames_shown(shot: Shot, segments: int, shown: Lesson) -> NDArray[np.bool_]:
    """Which frames of a shot belong to a lesson, (F,) bool; all, where too few would be left to tell a motion."""
    frames = np.array([frame.shot_frame for frame in shot.frames])
    place = (frames - shot.first_frame) / max(shot.last_frame - shot.first_frame, 1e-9) * segments
    within = place - np.minimum(np.floor(place), segments - 1)
    _, instant = np.unique(frames, return_inverse=True)
    chosen = (within <= shown.stretch) & (instant % shown.stride == 0)
    return chosen if chosen.sum() >= FEWEST_FRAMES else np.ones(len(frames), dtype=bool)


def parts_shown(parts: int, segments: int, shown: Lesson) -> NDArray[np.bool_]:
    """Which of a number of equal parts of a shot have begun to be shown, (P,) bool."""
    return np.arange(parts) * segments % parts < shown.stretch * parts
