"""Shot time over a stretch of the timeline: where it turns, where it stands, and when it comes by a shot frame.

Times are scene frames (floats, time stretching in them), values are shot frames.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .shot_time import TimeMapping, TimeMode, shot_time

MOST_TURNS = 2000
"""Turns beyond which a curve is refused: nobody could look through its keys."""
_SAME_FRAME = 1e-6
_SAME_TIME = 1e-6
_HALVINGS = 60


@dataclass(frozen=True)
class ShotCurve:
    """Shot time over a stretch of scene frames."""

    at: Callable[[float], float]
    """Shot frame of any scene frame, also of one outside the stretch."""
    breaks: tuple[float, ...]
    """Scene frames, ascending, from the stretch's first to its last; between neighbours shot time is monotone, and
    smooth where `grain` is 0."""
    grain: float = 0.0
    """Scene frames between samples of a curve that was sampled, and is straight between them; 0: known exactly."""
    repeats: bool = False
    """Whether the stretch is a whole number of periods, and the same goes on behind it for ever."""

    @property
    def moves(self) -> bool:
        """Whether shot time passes at all."""
        values = [self.at(frame) for frame in self.breaks]
        return max(values) - min(values) > _SAME_TIME


def mode_curve(mapping: TimeMapping, first: float, last: float) -> ShotCurve:
    """The curve of a mode whose settings stand still.

    Modes that go back and forth get whole periods: those that the scene frames `first` to `last` have part in.

    Raises
    ------
    ValueError
        If a setting in use makes no sense, or shot time turns more than `MOST_TURNS` times.
    """

    def at(frame: float) -> float:
        return shot_time(frame, mapping)

    at(first)
    if mapping.mode in (TimeMode.PING_PONG, TimeMode.BOUNCE) and mapping.speed > 0 and mapping.last > mapping.first:
        return ShotCurve(at, _turns(mapping, first, last), repeats=True)
    inner = [frame for frame in _changes_of_rate(mapping) if first < frame < last]
    return ShotCurve(at, _distinct(_with_ends(at, mapping, [first, *sorted(inner), last])))


def sampled_curve(first: float, step: float, values: Sequence[float]) -> ShotCurve:
    """The curve through samples: `values[i]` is the shot frame of scene frame `first + i * step`."""
    frames = first + step * np.arange(len(values))

    def at(frame: float) -> float:
        return float(np.interp(frame, frames, values))

    ways = np.sign(np.where(np.abs(np.diff(values)) > _SAME_TIME, np.diff(values), 0.0))
    inner = frames[1:-1][ways[1:] != ways[:-1]]
    return ShotCurve(at, _distinct([first, *(float(frame) for frame in inner), float(frames[-1])]), grain=step)


def crossings(curve: ShotCurve, targets: Iterable[float]) -> list[tuple[float, float]]:
    """When shot time comes by certain shot frames.

    Where shot time stands on one it counts once, as it arrives there; before a shot begins to play, as it leaves.

    Returns
    -------
    list of (scene frame, shot frame), by scene frame.
    """
    wanted = np.unique(np.fromiter(targets, dtype=np.float64))
    if not curve.moves:
        here = curve.at(curve.breaks[0])
        return [(curve.breaks[0], float(target)) for target in wanted if abs(target - here) <= _SAME_TIME]
    found: list[tuple[float, float]] = []
    for start, end in zip(curve.breaks, curve.breaks[1:], strict=False):
        before, after = curve.at(start), curve.at(end)
        if abs(after - before) <= _SAME_TIME:
            continue
        low, high = min(before, after) - _SAME_TIME, max(before, after) + _SAME_TIME
        for target in wanted[np.searchsorted(wanted, low) : np.searchsorted(wanted, high, "right")]:
            # Where a piece starts, the one before it has ended, and has counted it.
            if not found or abs(target - before) > _SAME_TIME:
                found.append((_arrival(curve.at, start, end, float(target)), float(target)))
    return sorted(found)


def _arrival(at: Callable[[float], float], start: float, end: float, target: float) -> float:
    """The first scene frame of a monotone piece at which shot time is at, or beyond, a target within the piece."""
    before, after = at(start), at(end)
    rising = after >= before
    if abs(before - target) <= _SAME_TIME:
        return start
    inside, outside = end, start
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if (at(middle) >= target - _SAME_TIME / 2) if rising else (at(middle) <= target + _SAME_TIME / 2):
            inside = middle
        else:
            outside = middle
    return inside


def _turns(mapping: TimeMapping, first: float, last: float) -> tuple[float, ...]:
    start, half = mapping.scene_start, (mapping.last - mapping.first) / mapping.speed
    begin = math.floor((max(first, start) - start) / (2 * half))
    end = max(math.ceil((last - start) / (2 * half)), begin + 1)
    if 2 * (end - begin) > MOST_TURNS:
        raise ValueError(f"shot time turns {2 * (end - begin)} times; slow it down, or shorten the scene's frame range")
    return tuple(start + half * turn for turn in range(2 * begin, 2 * end + 1))


def _changes_of_rate(mapping: TimeMapping) -> list[float]:
    match mapping.mode:
        case TimeMode.FREEZE | TimeMode.KEYED:
            return []
        case TimeMode.SLOW_MO:
            ramps = [mapping.slow_from, mapping.slow_to]
            return [mapping.scene_start, *ramps, *(frame + mapping.ramp for frame in ramps)]
        case TimeMode.RAMP_THEN_FREEZE:
            brake = max(mapping.slow_from, mapping.scene_start)
            return [mapping.scene_start, brake, brake + mapping.ramp]
    return [mapping.scene_start]


def _with_ends(at: Callable[[float], float], mapping: TimeMapping, frames: list[float]) -> list[float]:
    """Scene frames, and those between them at which the shot's first or last frame is reached or left."""
    found = list(frames)
    for start, end in itertools.pairwise(frames):
        for limit in (mapping.first, mapping.last):
            there = at(start) == limit
            if there == (at(end) == limit):
                continue
            low, high = start, end
            for _ in range(_HALVINGS):
                middle = (low + high) / 2
                low, high = (middle, high) if (at(middle) == limit) == there else (low, middle)
            found.append(high)
    return sorted(found)


def _distinct(frames: Sequence[float]) -> tuple[float, ...]:
    """Scene frames without those that are the same but for rounding; the first and the last stay as they are."""
    kept = [frames[0]]
    for frame in frames[1:-1]:
        if frame - kept[-1] > _SAME_FRAME and frames[-1] - frame > _SAME_FRAME:
            kept.append(frame)
    return (*kept, frames[-1]) if frames[-1] > frames[0] else (frames[0],)
