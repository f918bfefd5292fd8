"""Scene frame to shot time, mode by mode."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bake.contract.shot_time import TimeMapping, TimeMode, shot_time

BASE = TimeMapping(TimeMode.FOLLOW, first=10.0, last=20.0, scene_start=100.0)


def curve(mapping: TimeMapping, frames: np.ndarray) -> np.ndarray:
    return np.array([shot_time(float(frame), mapping) for frame in frames])


def every_mode() -> list[TimeMapping]:
    return [
        replace(BASE, mode=mode, speed=0.8, freeze_at=13.0, slow_from=103.0, slow_to=108.0, ramp=2.0, keyed=14.5)
        for mode in TimeMode
    ]


@pytest.mark.parametrize("mapping", every_mode(), ids=lambda mapping: mapping.mode.value)
def test_every_mode_stays_in_the_shot_and_never_jumps(mapping: TimeMapping) -> None:
    frames = np.arange(80, 200, 0.125)
    times = curve(mapping, frames)
    assert times.min() >= 10 and times.max() <= 20
    fastest = mapping.speed * (math.pi / 2 if mapping.mode is TimeMode.BOUNCE else 1)
    assert np.abs(np.diff(times)).max() <= fastest * 0.125 + 1e-9


def test_follow_starts_rests_and_takes_subframes() -> None:
    assert curve(BASE, np.array([0, 100, 103.25, 110, 500])).tolist() == [10, 10, 13.25, 20, 20]
    assert shot_time(104, replace(BASE, speed=0.5)) == 12


def test_freeze_is_clamped_to_the_shot() -> None:
    assert shot_time(7, replace(BASE, mode=TimeMode.FREEZE, freeze_at=12.75)) == 12.75
    assert shot_time(7, replace(BASE, mode=TimeMode.FREEZE, freeze_at=99)) == 20


def test_reverse() -> None:
    assert curve(replace(BASE, mode=TimeMode.REVERSE), np.array([90, 100, 102, 500])).tolist() == [20, 20, 18, 10]


def test_ping_pong_and_bounce_turn_at_the_same_frames() -> None:
    frames = np.array([100, 105, 110, 115, 120, 130])
    assert curve(replace(BASE, mode=TimeMode.PING_PONG), frames).tolist() == [10, 15, 20, 15, 10, 20]
    bounce = replace(BASE, mode=TimeMode.BOUNCE)
    np.testing.assert_allclose(curve(bounce, frames), [10, 15, 20, 15, 10, 20], atol=1e-9)
    assert shot_time(101, bounce) < 10.5 < shot_time(101, replace(BASE, mode=TimeMode.PING_PONG))


def test_slow_motion_runs_at_the_factor_and_back() -> None:
    slow = replace(BASE, mode=TimeMode.SLOW_MO, last=1000.0, slow_from=110, slow_to=130, slow_factor=0.25, ramp=4)
    rate = np.diff(curve(slow, np.arange(100.0, 161.0)))
    np.testing.assert_allclose(rate[:10], 1)
    np.testing.assert_allclose(rate[14:30], 0.25)
    np.testing.assert_allclose(rate[34:], 1)


def test_slow_motion_that_began_before_the_start() -> None:
    slow = replace(BASE, mode=TimeMode.SLOW_MO, last=1000.0, slow_from=50, slow_to=104, slow_factor=0.5)
    assert curve(slow, np.array([100, 104, 106])).tolist() == [10, 12, 14]


def test_ramp_then_freeze_stands_still_for_ever() -> None:
    freeze = replace(BASE, mode=TimeMode.RAMP_THEN_FREEZE, last=1000.0, slow_from=110, ramp=8)
    times = curve(freeze, np.array([110, 114, 118, 150]))
    assert times[0] == 20 and times[2] == times[3] == 24 and 22 < times[1] < 24


def test_keyed_is_the_property() -> None:
    assert shot_time(3, replace(BASE, mode=TimeMode.KEYED, keyed=15.125)) == 15.125


def test_a_shot_of_one_frame() -> None:
    for mapping in every_mode():
        assert shot_time(123.4, replace(mapping, last=10.0)) == 10.0


def test_numbers_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="not a number"):
        shot_time(float("nan"), BASE)
    with pytest.raises(ValueError, match="not a number"):
        shot_time(1, replace(BASE, mode=TimeMode.KEYED, keyed=float("inf")))
    with pytest.raises(ValueError, match="lies after"):
        shot_time(1, replace(BASE, first=30.0))
