"""Scene frame to shot time: a pure function, the same in Blender, in the worker and in tests.

Shot time is counted in shot frames, a float: frame i of the footage is exactly i. Scene frames are floats too, with
Blender's subframes and time stretching already in them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class TimeMode(StrEnum):
    """How shot time follows the scene's timeline."""

    FOLLOW = "follow"
    """The shot plays forwards from `scene_start` on, and rests on its last frame."""
    FREEZE = "freeze"
    """The shot stands still at `freeze_at`: with a moving camera, bullet time."""
    REVERSE = "reverse"
    """The shot plays backwards from its last frame, and rests on its first."""
    PING_PONG = "ping_pong"
    """Forwards and backwards for ever, at constant speed."""
    BOUNCE = "bounce"
    """Forwards and backwards for ever, slowing into each turn and out of it (a cosine)."""
    SLOW_MO = "slow_mo"
    """Forwards, at `slow_factor` of the speed between `slow_from` and `slow_to`, with ramps of `ramp` frames."""
    RAMP_THEN_FREEZE = "ramp_then_freeze"
    """Forwards until `slow_from`, then slowing to a standstill over `ramp` frames."""
    KEYED = "keyed"
    """Exactly the animated Shot Time."""


@dataclass(frozen=True)
class TimeMapping:
    """Everything that decides the shot time of a scene frame. Scene frames and shot frames are floats."""

    mode: TimeMode
    first: float
    """First shot frame there is."""
    last: float
    """Last shot frame there is."""
    scene_start: float = 1.0
    """Scene frame at which the mode begins."""
    speed: float = 1.0
    """Shot frames per scene frame; shot fps / scene fps is real time."""
    freeze_at: float = 0.0
    """Shot frame of FREEZE."""
    slow_from: float = 1.0
    slow_to: float = 1.0
    """Scene frames between which SLOW_MO is slow; RAMP_THEN_FREEZE uses `slow_from` alone."""
    slow_factor: float = 0.25
    ramp: float = 0.0
    """Length of a change of speed, scene frames."""
    keyed: float = 0.0
    """Value of the animated property, shot frames."""


def shot_time(scene_frame: float, mapping: TimeMapping) -> float:
    """Shot time, in shot frames, of a scene frame; always within [first, last].

    Raises
    ------
    ValueError
        If the scene frame or a setting in use is not finite, or first lies after last.
    """
    value = _unclamped(scene_frame, mapping)
    if not math.isfinite(value):
        raise ValueError(f"shot time at scene frame {scene_frame} is not a number; check the time settings")
    if mapping.first > mapping.last:
        raise ValueError(f"the first shot frame {mapping.first} lies after the last, {mapping.last}")
    return min(max(value, mapping.first), mapping.last)


def _unclamped(scene_frame: float, mapping: TimeMapping) -> float:
    elapsed = max(scene_frame - mapping.scene_start, 0.0)
    played = elapsed * mapping.speed
    match mapping.mode:
        case TimeMode.FOLLOW:
            return mapping.first + played
        case TimeMode.FREEZE:
            return mapping.freeze_at
        case TimeMode.REVERSE:
            return mapping.last - played
        case TimeMode.PING_PONG:
            return mapping.first + _triangle(played, mapping.last - mapping.first)
        case TimeMode.BOUNCE:
            return mapping.first + _cosine(played, mapping.last - mapping.first)
        case TimeMode.SLOW_MO:
            slow = _slowed(scene_frame, mapping.slow_from, mapping.slow_to, mapping)
            return mapping.first + slow * mapping.speed
        case TimeMode.RAMP_THEN_FREEZE:
            return mapping.first + _braked(scene_frame, mapping) * mapping.speed
        case TimeMode.KEYED:
            return mapping.keyed


def _triangle(distance: float, span: float) -> float:
    if span <= 0:
        return 0.0
    return span - abs(distance % (2 * span) - span)


def _cosine(distance: float, span: float) -> float:
    if span <= 0:
        return 0.0
    return span * (1 - math.cos(math.pi * distance / span)) / 2


def _ramped(elapsed: float, ramp: float) -> float:
    """Integral of a rate that rises linearly from 0 to 1 over `ramp` frames and stays there."""
    if elapsed <= 0:
        return 0.0
    if elapsed < ramp:
        return elapsed * elapsed / (2 * ramp)
    return elapsed - ramp / 2


def _slowed(scene_frame: float, slow_from: float, slow_to: float, mapping: TimeMapping) -> float:
    """Frames played where the rate falls to `slow_factor` at `slow_from` and returns to 1 at `slow_to`."""
    start = mapping.scene_start
    lost = _ramped(scene_frame - slow_from, mapping.ramp) - _ramped(scene_frame - slow_to, mapping.ramp)
    lost_before = _ramped(start - slow_from, mapping.ramp) - _ramped(start - slow_to, mapping.ramp)
    return max(scene_frame - start, 0.0) - (1 - mapping.slow_factor) * max(lost - lost_before, 0.0)


def _braked(scene_frame: float, mapping: TimeMapping) -> float:
    start = mapping.scene_start
    brake = max(mapping.slow_from, start)
    return max(scene_frame - start, 0.0) - _ramped(scene_frame - brake, mapping.ramp)
