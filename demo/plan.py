"""The demo's shot: where camera and shot time are at which scene frame. They go apart twice."""

from __future__ import annotations

FRAMES = 60
SIZE = (320, 240)
CAMERA, TIME = 0, 1
PLAN = {1: (4.0, 8.0), 20: (12.0, 22.0), 40: (24.0, 22.0), 60: (12.0, 8.0)}
"""Scene frame: (number of the footage's camera, shot frame). Real time, then bullet time, then backwards."""


def planned(frame: int, which: int) -> float:
    """Camera or time at a scene frame: eased between the plan's frames."""
    stops = sorted(PLAN)
    after = next(stop for stop in stops[1:] if frame <= stop)
    before = stops[stops.index(after) - 1]
    share = (frame - before) / (after - before)
    share = share * share * (3 - 2 * share)
    return PLAN[before][which] + (PLAN[after][which] - PLAN[before][which]) * share
