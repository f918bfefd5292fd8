"""Coverage: how well the footage knows a view of the subject, by where its cameras stood, and when.

Let C be the middle of the field's bounds. A frame of the footage that has C in its picture is a *look*: a direction
d_i, the unit vector from C to the camera, at a shot frame f_i. The coverage of a view from direction d at shot frame f
is that of the look which knows it best:

    coverage(d, f) = max over i of exp(-(angle(d, d_i) / ANGLE)^2 / 2 - (|f - f_i| / fps / SECONDS)^2 / 2)

It is 1 where a camera filmed from just there at just then, and falls to HOLDS at ANGLE from a look of that instant, or
SECONDS from a look of that direction; at twice as far it is BREAKS. What stands still was seen at any time, so its
coverage leaves time out. Coverage is about cameras alone: what hides behind something, and how well the bake went, it
does not know.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .field_file import FootageCameras

ANGLE = 15.0
"""Degrees from a look at which re-filming still holds."""
SECONDS = 0.5
"""Seconds from a look at which re-filming of what moves still holds."""
HOLDS = math.exp(-0.5)
"""Coverage from which on a view is called one that holds."""
BREAKS = math.exp(-2.0)
"""Coverage below which a view is called one that breaks; between the two it is doubtful."""


class Verdict(StrEnum):
    """What coverage means for a view."""

    HOLDS = "holds"
    DOUBTFUL = "doubtful"
    BREAKS = "breaks"


FloatArray = NDArray[np.float64]
Arc = tuple[float, float]


@dataclass(frozen=True)
class Looks:
    """The footage's looks at the middle of a field.

    Azimuths turn about Z and count from the first look: positive to the right of the camera that filmed it, 180 from
    behind. Elevations count from the horizon.

    centre : (3,) float64, capture space.
    directions : (N, 3) float64, unit vectors from the centre to the cameras.
    distances : (N,) float64, capture units.
    shot_frames : (N,) float64.
    frames : how many frames the footage has, those that do not look at the centre included.
    """

    centre: FloatArray
    directions: FloatArray
    distances: FloatArray
    shot_frames: FloatArray
    fps: float
    frames: int

    @property
    def azimuths(self) -> FloatArray:
        """(N,) float64, degrees in [-180, 180)."""
        absolute = np.degrees(np.arctan2(self.directions[:, 1], self.directions[:, 0]))
        first = absolute[np.argmin(self.shot_frames)] if len(absolute) else 0.0
        return np.asarray((absolute - first + 180) % 360 - 180)

    @property
    def elevations(self) -> FloatArray:
        """(N,) float64, degrees in [-90, 90]."""
        return np.asarray(np.degrees(np.arcsin(np.clip(self.directions[:, 2], -1, 1))))


@dataclass(frozen=True)
class Known:
    """How well a view is known, and how far it is from the look that knows it best; infinitely far if there is none."""

    coverage: float
    degrees: float
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """What that means."""
        if self.coverage >= HOLDS:
            return Verdict.HOLDS
        return Verdict.DOUBTFUL if self.coverage >= BREAKS else Verdict.BREAKS


def find_looks(cameras: FootageCameras, bounds: tuple[tuple[float, ...], tuple[float, ...]], fps: float) -> Looks:
    """The looks of the footage at the middle of a field's bounds."""
    centre = np.mean(np.asarray(bounds, dtype=np.float64), axis=0)
    places = cameras.matrices[:, :3, 3]
    away = places - centre
    distances = np.linalg.norm(away, axis=1)
    local = np.einsum("nij,ni->nj", cameras.matrices[:, :3, :3], -away)
    width, height, fx, fy, cx, cy = cameras.intrinsics.T
    depth = np.where(local[:, 2] < 0, -local[:, 2], np.inf)
    x, y = cx + fx * local[:, 0] / depth, cy - fy * local[:, 1] / depth
    sees = np.isfinite(depth) & (x >= 0) & (x < width) & (y >= 0) & (y < height) & (distances > 0)
    return Looks(
        centre=centre,
        directions=away[sees] / distances[sees, None],
        distances=distances[sees],
        shot_frames=cameras.shot_frames[sees],
        fps=fps,
        frames=len(places),
    )


def coverage(looks: Looks, directions: FloatArray, shot_frame: float | None) -> FloatArray:
    """Coverage of views from directions.

    Parameters
    ----------
    directions : (M, 3) float64
        Unit vectors from the centre to the eye, capture space.
    shot_frame : float or None
        None: of what stands still, for which time does not matter.

    Returns
    -------
    (M,) float64 in [0, 1]; 0 where there is no look at all.
    """
    angles = np.degrees(np.arccos(np.clip(directions @ looks.directions.T, -1, 1)))
    late = np.zeros(len(looks.shot_frames)) if shot_frame is None else looks.shot_frames - shot_frame
    return _best(angles, late / looks.fps)


def known(looks: Looks, direction: FloatArray, shot_frame: float | None) -> Known:
    """How well one view is known.

    Parameters
    ----------
    direction : (3,) float64
        Unit vector from the centre to the eye, capture space.
    shot_frame : float or None
        None: of what stands still; then the seconds are 0.
    """
    if len(looks.shot_frames) == 0:
        return Known(0.0, math.inf, math.inf)
    angles = np.degrees(np.arccos(np.clip(looks.directions @ direction, -1, 1)))
    late = np.zeros(len(angles)) if shot_frame is None else np.abs(looks.shot_frames - shot_frame) / looks.fps
    best = int(np.argmin((angles / ANGLE) ** 2 + (late / SECONDS) ** 2))
    value = float(_best(angles[None, [best]], late[[best]])[0])
    return Known(value, float(angles[best]), float(late[best]))


def looks_near(looks: Looks, shot_frame: float) -> Looks:
    """The looks without which no view at a shot frame breaks that did not before: those at most 2 SECONDS away."""
    near = np.abs(looks.shot_frames - shot_frame) <= 2 * SECONDS * looks.fps
    return replace(
        looks,
        directions=looks.directions[near],
        distances=looks.distances[near],
        shot_frames=looks.shot_frames[near],
    )


def coverage_around(looks: Looks, azimuths: FloatArray, shot_frames: FloatArray | None) -> FloatArray:
    """Coverage by azimuth, each at the elevation that is known best there.

    Parameters
    ----------
    azimuths : (A,) float64
        Degrees, counted as those of the looks.
    shot_frames : (T,) float64 or None
        None: of what stands still.

    Returns
    -------
    (A, T) float64 in [0, 1]; (A, 1) for what stands still.
    """
    angles = _angles_to_meridians(looks, azimuths)
    if shot_frames is None:
        return _best(angles, np.zeros(len(looks.shot_frames)))[:, None]
    return np.stack([_best(angles, (looks.shot_frames - frame) / looks.fps) for frame in shot_frames], axis=1)


def _angles_to_meridians(looks: Looks, azimuths: FloatArray) -> FloatArray:
    """Degrees from each meridian, which ends at the poles, to each look, (A, N)."""
    turn = np.radians(azimuths[:, None] - looks.azimuths)
    elevation = np.radians(looks.elevations)
    beside = np.arcsin(np.clip(np.cos(elevation) * np.abs(np.sin(turn)), 0, 1))
    return np.asarray(np.degrees(np.where(np.cos(turn) >= 0, beside, np.pi / 2 - np.abs(elevation))))


def _best(angles: FloatArray, seconds: FloatArray) -> FloatArray:
    """Coverage by the best of the looks, whose angles are (M, N) and times apart (N,)."""
    if angles.shape[1] == 0:
        return np.zeros(len(angles))
    return np.asarray(np.exp(-0.5 * ((angles / ANGLE) ** 2 + (seconds / SECONDS) ** 2).min(axis=1)))


def arcs(azimuths: FloatArray, chosen: NDArray[np.bool_]) -> list[Arc]:
    """The arcs that chosen azimuths make, from and to in degrees; one that crosses 180 goes on beyond it.

    Parameters
    ----------
    azimuths : (A,) float64
        Evenly spaced over the whole circle, ascending.
    chosen : (A,) bool

    Returns
    -------
    list of (low, high), the widest first; the whole circle is one arc of 360 degrees.
    """
    if chosen.all():
        return [(-180.0, 180.0)]
    step, count = 360.0 / len(azimuths), len(azimuths)
    starts = [i for i in range(count) if chosen[i] and not chosen[i - 1]]
    found = []
    for start in starts:
        length = next(n for n in range(count) if not chosen[(start + n) % count])
        found.append((float(azimuths[start]), float(azimuths[start] + (length - 1) * step)))
    return sorted(found, key=lambda arc: arc[0] - arc[1])
