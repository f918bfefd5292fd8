"""Motion that is too fast for a field's codes: found once in a bake, and given more knots."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..contract.fast_motion import FastMotion
from ..field.model import Field
from ..field.segments import Stretch
from ..field.velocity import Advance, advances, knot_spacing, reach
from ..footage.shot import Shot

LOOK_AT = 0.3
"""How far a bake is when its field is asked how fast it moves: it says what is where, and most is yet to be learnt."""


def find_stretches(shot: Shot, field: Field, should_stop: Callable[[], bool]) -> tuple[Stretch, ...]:
    """Where a field that has even knots needs more of them: none where all is slow. Raises as `advances` does."""
    return stretches(field, advances(field, instants(shot), should_stop))


def stretches(field: Field, found: Sequence[Advance]) -> tuple[Stretch, ...]:
    """Parts of the shot's time around what is too fast, each with the halvings that let the codes carry its fastest.

    Knots are never made much denser than frames, which is all that the footage knows. A stretch reaches one of the old
    knots further either way: so far the codes have smeared what happens in it.
    """
    spacing, most = knot_spacing(field), reach(field)
    joined: list[Stretch] = []
    for one in sorted(found, key=lambda one: one.start):
        times = math.ceil(math.log2(max(min(spacing * one.speed / most, spacing), 1.0)))
        if times == 0:
            continue
        start, end = (field.normalised_time(frame) for frame in (one.start - spacing, one.end + spacing))
        if joined and start <= joined[-1][1]:
            before = joined.pop()
            start, end, times = before[0], max(before[1], end), max(before[2], times)
        joined.append((start, end, times))
    return tuple(joined)


def measured(shot: Shot, field: Field, should_stop: Callable[[], bool]) -> FastMotion:
    """How fast things move in a baked field, and what was done about it. Raises as `advances` does."""
    a_second = shot.fps * shot.metres_per_unit
    fastest = max(advances(field, instants(shot), should_stop), key=lambda one: one.speed, default=None)
    span, first = shot.last_frame - shot.first_frame, shot.first_frame
    return FastMotion(
        carried=reach(field) / max(knot_spacing(field), 1e-9) * a_second,
        fastest=None if fastest is None else fastest.speed * a_second,
        seen=None if fastest is None else (fastest.start, fastest.end),
        refined=tuple(
            (first + start * span, first + end * span, 2**times) for start, end, times in field.config.finer or ()
        ),
    )


def instants(shot: Shot) -> list[float]:
    """Whole shot frames of which there is footage, rising: cameras that are not in step see the same motion."""
    return [float(frame) for frame in np.unique(np.round([frame.shot_frame for frame in shot.frames]))]
