"""How much more one picture is exposed than another, measured on what both of them show.

A thing that two pictures show is as bright in one as in the other, but for what the camera did. So the median over all
that can be followed from one to the other tells the stops between the two, whatever comes into view or leaves it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from ..contract.colour import linear_to_srgb, srgb_to_linear
from ..contract.errors import Cancelled
from .pixels import load_mask, load_shown
from .shot import Shot

Floats = NDArray[np.float64]

_LARGEST = 160
"""Pixels along the longer side of the pictures that are compared."""
_STEPS = (1, 2, 4, 8, 16)
"""How many pictures of a camera further on a partner is: long steps keep errors of short ones from adding up."""
_RETURNS = 0.7
"""Pixels from where it set out, within which flow there and back has to end."""
_FEWEST = 0.1
"""Share of a picture that has to be found in another."""
_DARKEST, _BRIGHTEST = 0.03, 0.97
"""Of encoded colour: what is darker is noise, what is brighter may have clipped."""
_ALIKE = 100
"""Pixels side by side that say the same."""
_PRECISE = 0.01
"""Stops; no comparison is trusted to be better."""
_ROUNDS = 6
_TOGETHER = 0.7
"""Share of the pictures that must hang together."""


@dataclass(frozen=True)
class _Shown:
    """What a picture shows: (H, W) of 8 bits with its contrast evened out, and (H, W, 3) log2 of its light, NaN where
    that cannot be told."""

    number: int
    grey: NDArray[np.uint8]
    light: NDArray[np.float32]


@dataclass(frozen=True)
class _Comparison:
    """Stops (3,) by which the second picture is exposed more than the first, and by how many that may be wrong."""

    one: int
    other: int
    stops: Floats
    deviation: float


def measured_stops(
    shot: Shot, should_stop: Callable[[], bool], tell: Callable[[float], None] = lambda _: None
) -> NDArray[np.float32] | None:
    """(F, 3) stops by which each channel of each picture is exposed more than the median; None where too few pictures
    show the same things, as pictures of a subject alone and from anywhere do.

    Parameters
    ----------
    tell : callable
        Told how far it has got, 0 to 1.

    Raises
    ------
    UserError
        If a picture cannot be read.
    Cancelled
        If `should_stop` says so.
    """
    if shot.has_alpha:
        return None
    count = len(shot.frames)
    compared = list(_comparisons(shot, should_stop, tell))
    ends = np.array([(own.one, own.other) for own in compared], dtype=np.int64).reshape(-1, 2).T
    known = _together(count, ends)
    streams = np.array([frame.stream for frame in shot.frames])
    if known.mean() < _TOGETHER or set(streams[known]) != set(streams):
        return None
    stops = _solved(count, [own for own in compared if known[own.one]])
    taken = np.array([frame.shot_frame for frame in shot.frames])
    for stream in np.unique(streams):
        lost, found = (streams == stream) & ~known, (streams == stream) & known
        for channel in stops.T:
            channel[lost] = np.interp(taken[lost], taken[found], channel[found])
    return (stops - np.median(stops, axis=0)).astype(np.float32)


def _comparisons(shot: Shot, should_stop: Callable[[], bool], tell: Callable[[float], None]) -> Iterator[_Comparison]:
    """Of pictures of one camera, and of the first pictures of neighbouring ones."""
    firsts: list[_Shown] = []
    done = 0
    for stream in sorted({frame.stream for frame in shot.frames}):
        before: deque[_Shown] = deque(maxlen=max(_STEPS))
        own = [number for number, frame in enumerate(shot.frames) if frame.stream == stream]
        for number in own:
            if should_stop():
                raise Cancelled
            here = _shown(shot, number)
            if not before:
                firsts.append(here)
            for partner in [before[-step] for step in _STEPS if step <= len(before)]:
                yield from _compared(partner, here)
            before.append(here)
            done += 1
            tell(done / len(shot.frames))
    for one, other in pairwise(firsts):
        yield from _compared(one, other)


def _shown(shot: Shot, number: int) -> _Shown:
    pixels = load_shown(shot.frames[number])[..., :3]
    clear = (pixels.min(axis=-1) > _DARKEST) & (pixels.max(axis=-1) < _BRIGHTEST)
    if (mask := load_mask(shot.frames[number])) is not None:
        clear &= mask
    light = cv2.GaussianBlur(_small(srgb_to_linear(pixels)), (0, 0), 1.0)
    encoded = linear_to_srgb(np.asarray(light, dtype=np.float32).mean(axis=-1).clip(0, 1))
    grey = cv2.equalizeHist((encoded * 255).astype(np.uint8))
    stops = np.log2(np.maximum(light, 1e-6), dtype=np.float32)
    stops[_small(clear.astype(np.float32)) < 1] = np.nan
    return _Shown(number, np.asarray(grey, dtype=np.uint8), stops)


def _small(values: NDArray[np.float32]) -> NDArray[np.float32]:
    share = min(1.0, _LARGEST / max(values.shape[:2]))
    return np.asarray(cv2.resize(values, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _compared(one: _Shown, other: _Shown) -> Iterator[_Comparison]:
    """Nothing where too little of one is found in the other."""
    if one.grey.shape != other.grey.shape:
        return
    y, x = np.mgrid[0 : one.grey.shape[0], 0 : one.grey.shape[1]].astype(np.float32)
    there, back = _flow(one.grey, other.grey), _flow(other.grey, one.grey)
    to = x + there[..., 0], y + there[..., 1]
    returned = there + cv2.remap(back, *to, cv2.INTER_LINEAR, borderValue=(np.inf, np.inf))
    light = cv2.remap(other.light, *to, cv2.INTER_LINEAR, borderValue=(np.nan, np.nan, np.nan))
    stops = (light - one.light)[np.linalg.norm(returned, axis=-1) < _RETURNS]
    stops = stops[np.isfinite(stops).all(axis=-1)]
    if len(stops) < _FEWEST * one.grey.size:
        return
    middle = np.median(stops, axis=0)
    # The deviation of a normal distribution, by its median absolute deviation.
    spread = 1.4826 * float(np.median(np.abs(stops - middle)))
    yield _Comparison(
        one.number, other.number, middle, float(np.hypot(spread * (_ALIKE / len(stops)) ** 0.5, _PRECISE))
    )


def _flow(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W, 2) pixels from one picture to the other (Kroeger et al. 2016, DIS)."""
    dense = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(dense.calc(one, other, None), dtype=np.float32)  # type: ignore[call-overload]


def _together(count: int, ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which pictures belong to the largest group that hangs together."""
    _, group = connected_components(csc_array((np.ones(ends.shape[1]), tuple(ends)), shape=(count, count)), False)
    return np.asarray(group == np.bincount(group).argmax())


def _solved(count: int, compared: list[_Comparison]) -> Floats:
    """Stops (count, 3) that fit the comparisons best: least squares, in which outliers lose weight (Huber 1964)."""
    rows = np.arange(len(compared))
    one, other = (np.array([getattr(own, side) for own in compared]) for side in ("one", "other"))
    told = np.array([own.stops for own in compared])
    deviation = np.array([own.deviation for own in compared])
    ones = np.ones(len(compared))
    shape = len(compared), count
    difference = csc_array((ones, (rows, other)), shape=shape) - csc_array((ones, (rows, one)), shape=shape)
    weight = deviation**-2
    stops = np.zeros((count, 3))
    for _ in range(_ROUNDS):
        weighed = difference.T.multiply(weight)
        # What all have in common nothing decides.
        factor = splu(csc_array(weighed @ difference + 1e-6 * eye_array(count)))
        stops = factor.solve(np.asarray(weighed @ told))
        miss = np.abs(difference @ stops - told).max(axis=1) / deviation
        weight = deviation**-2 / np.maximum(miss, 1.0)
    return stops
