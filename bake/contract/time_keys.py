"""Keys with handles that draw a curve of shot time, as few as it takes.

Between two keys the curve is a cubic Bezier of (scene frame, shot frame). Straight pieces need no handles of their
own, the parabolas of a change of speed are Beziers exactly, and half a cosine is one almost.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .shot_curve import ShotCurve

TOLERANCE = 0.03
"""Shot frames by which keys may miss the curve."""
_STRAIGHT = 1e-3
_LOOKS = 65
"""At how many instants a piece is compared with the curve."""
_SHORT, _LONG = 0.2, 0.5
"""Shortest and longest handle, as parts of the scene frames between two keys."""
_SMOOTH = 1e-2
"""Shot frames per scene frame by which the slopes on both sides of a key may differ where it is a smooth one."""
_DEEPEST = 12
FloatArray = NDArray[np.float64]
Function = Callable[[float], float]


class HandleKind(StrEnum):
    """How a handle behaves when it is dragged."""

    VECTOR = "vector"
    """Points to the neighbouring key: straight."""
    ALIGNED = "aligned"
    """On one line with the other handle of its key."""
    FREE = "free"


@dataclass(frozen=True)
class Handle:
    """Where a handle is: a scene frame and a shot frame, both absolute."""

    kind: HandleKind
    scene_frame: float
    shot_frame: float


@dataclass(frozen=True)
class TimeKey:
    """A key of shot time."""

    scene_frame: float
    shot_frame: float
    left: Handle
    right: Handle


@dataclass(frozen=True)
class TimeKeys:
    """Keys, and how the curve goes on beyond them."""

    keys: tuple[TimeKey, ...]
    goes_on: bool
    """Whether the curve goes on along its outer handles, or else rests."""
    repeats: bool
    """Whether what the keys draw is repeated for ever behind them."""


@dataclass(frozen=True)
class _Piece:
    """The curve between two keys; slopes are shot frames per scene frame, `handle` a part of the piece's length."""

    start: float
    end: float
    slopes: tuple[float, float]
    handle: float
    straight: bool


def time_keys(curve: ShotCurve) -> TimeKeys:
    """Keys that draw the curve within `TOLERANCE` wherever its stretch reaches."""
    if not curve.moves:
        return TimeKeys((_resting(curve.breaks[0], curve.at(curve.breaks[0])),), False, False)
    pieces: list[_Piece] = []
    for start, end in zip(curve.breaks, curve.breaks[1:], strict=False):
        pieces += _fitted(curve.at, start, end, curve.grain, _DEEPEST)
    pieces = _joined(curve.at, pieces)
    before, after = (0.0, 0.0) if curve.repeats else _outer_slopes(curve)
    edges = [None, *pieces, None]
    keys = tuple(_key(curve.at, left, right, before, after) for left, right in itertools.pairwise(edges))
    return TimeKeys(keys, before != 0 or after != 0, curve.repeats)


def _resting(scene_frame: float, shot_frame: float) -> TimeKey:
    return TimeKey(
        scene_frame,
        shot_frame,
        Handle(HandleKind.ALIGNED, scene_frame - 1, shot_frame),
        Handle(HandleKind.ALIGNED, scene_frame + 1, shot_frame),
    )


def _fitted(at: Function, start: float, end: float, grain: float, depth: int) -> list[_Piece]:
    """One piece where one will do, or else more."""
    chord = (at(end) - at(start)) / (end - start)
    frames = np.linspace(start, end, _LOOKS)
    straight = np.abs(_values(at, frames) - at(start) - chord * (frames - start)).max() <= _STRAIGHT
    if straight or end - start <= max(grain, 1e-3) or depth == 0:
        return [_Piece(start, end, (chord, chord), 1 / 3, True)]
    slopes = _slopes(at, start, end, grain)
    handle = 1 / 3 if _miss(at, start, end, slopes, 1 / 3) <= _STRAIGHT else _best_handle(at, start, end, slopes)
    if _miss(at, start, end, slopes, handle) <= TOLERANCE:
        return [_Piece(start, end, slopes, handle, False)]
    steps = (end - start) / 2 / grain if grain else 0
    middle = start + max(round(steps), 1) * grain if grain else (start + end) / 2
    return [*_fitted(at, start, middle, grain, depth - 1), *_fitted(at, middle, end, grain, depth - 1)]


def _slopes(at: Function, start: float, end: float, grain: float) -> tuple[float, float]:
    """Slopes at both ends, seen from within, by parabolas through three places."""
    step = min(max(grain, (end - start) * 1e-4), (end - start) / 2)
    first = (-3 * at(start) + 4 * at(start + step) - at(start + 2 * step)) / (2 * step)
    last = (3 * at(end) - 4 * at(end - step) + at(end - 2 * step)) / (2 * step)
    return first, last


def _best_handle(at: Function, start: float, end: float, slopes: tuple[float, float]) -> float:
    """The length of both handles that misses the curve least, by golden sections."""
    ratio = (5**0.5 - 1) / 2
    low, high = _SHORT, _LONG
    for _ in range(20):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if _miss(at, start, end, slopes, left) < _miss(at, start, end, slopes, right):
            high = right
        else:
            low = left
    return (low + high) / 2


def _miss(at: Function, start: float, end: float, slopes: tuple[float, float], handle: float) -> float:
    """Shot frames by which a piece misses the curve at worst."""
    t, reach = np.linspace(0, 1, _LOOKS), handle * (end - start)
    weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)

    def bezier(*points: float) -> FloatArray:
        return np.asarray(sum(weight * point for weight, point in zip(weights, points, strict=True)))

    frames = bezier(start, start + reach, end - reach, end)
    values = bezier(at(start), at(start) + slopes[0] * reach, at(end) - slopes[1] * reach, at(end))
    return float(np.abs(values - _values(at, frames)).max())


def _joined(at: Function, pieces: list[_Piece]) -> list[_Piece]:
    """Pieces with those that lie on one straight line made one."""
    joined = [pieces[0]]
    corners: list[float] = []
    for piece in pieces[1:]:
        last = joined[-1]
        slope = (at(piece.end) - at(last.start)) / (piece.end - last.start)
        between = [*corners, piece.start]
        on_line = all(abs(at(last.start) + slope * (frame - last.start) - at(frame)) <= _STRAIGHT for frame in between)
        if last.straight and piece.straight and on_line:
            joined[-1], corners = _Piece(last.start, piece.end, (slope, slope), 1 / 3, True), between
        else:
            joined.append(piece)
            corners = []
    return joined


def _outer_slopes(curve: ShotCurve) -> tuple[float, float]:
    """Slopes with which the curve goes on before and behind its stretch."""
    first, last, step = curve.breaks[0], curve.breaks[-1], 1e-3
    slopes = ((curve.at(first) - curve.at(first - step)) / step, (curve.at(last + step) - curve.at(last)) / step)
    before, after = (slope if abs(slope) > _STRAIGHT else 0.0 for slope in slopes)
    return before, after


def _key(at: Function, left: _Piece | None, right: _Piece | None, before: float, after: float) -> TimeKey:
    """The key between two pieces; None: there is none, and the curve goes on with the outer slope."""
    frame = right.start if right else left.end if left else 0.0
    value = at(frame)
    arriving = left.slopes[1] if left else before
    leaving = right.slopes[0] if right else after
    smooth = abs(arriving - leaving) <= _SMOOTH
    back = left.handle * (left.end - left.start) if left else 1.0
    ahead = right.handle * (right.end - right.start) if right else 1.0
    return TimeKey(
        frame,
        value,
        Handle(_kind(left, smooth), frame - back, value - arriving * back),
        Handle(_kind(right, smooth), frame + ahead, value + leaving * ahead),
    )


def _kind(piece: _Piece | None, smooth: bool) -> HandleKind:
    if piece is not None and piece.straight:
        return HandleKind.VECTOR
    return HandleKind.ALIGNED if smooth else HandleKind.FREE


def _values(at: Function, frames: FloatArray) -> FloatArray:
    return np.array([at(float(frame)) for frame in frames])
