"""Curves of shot time, when they come by a frame, and the keys that draw them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bake.contract.shot_curve import ShotCurve, crossings, mode_curve, sampled_curve
from bake.contract.shot_time import TimeMapping, TimeMode, shot_time
from bake.contract.time_keys import HandleKind, TimeKey, TimeKeys, time_keys

BASE = TimeMapping(
    TimeMode.FOLLOW, 0.0, 90.0, scene_start=5.0, speed=0.8, freeze_at=13.5, slow_from=40, slow_to=80, ramp=10
)
FIRST, LAST = 1.0, 250.0


def drawn(keys: TimeKeys, frame: float) -> float:
    """What the keys draw at a scene frame within them, by bisecting the Bezier's parameter."""
    row = keys.keys
    right = next(number for number in range(1, len(row)) if row[number].scene_frame >= frame)
    points = _points(row[right - 1], row[right])
    low, high = 0.0, 1.0
    for _ in range(60):
        t = (low + high) / 2
        low, high = (t, high) if _bezier(points, t)[0] < frame else (low, t)
    return float(_bezier(points, low)[1])


def _points(a: TimeKey, b: TimeKey) -> np.ndarray:
    handles = [(a.right.scene_frame, a.right.shot_frame), (b.left.scene_frame, b.left.shot_frame)]
    return np.array([(a.scene_frame, a.shot_frame), *handles, (b.scene_frame, b.shot_frame)])


def _bezier(points: np.ndarray, t: float) -> np.ndarray:
    return np.array([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3]) @ points


@pytest.mark.parametrize("last", [9.0, 90.0, 1200.0])
@pytest.mark.parametrize("mode", [mode for mode in TimeMode if mode not in (TimeMode.FREEZE, TimeMode.KEYED)])
def test_keys_draw_the_mode(mode: TimeMode, last: float) -> None:
    mapping = replace(BASE, mode=mode, last=last)
    keys = time_keys(mode_curve(mapping, FIRST, LAST))
    inside = [f for f in np.arange(FIRST, LAST, 0.37) if keys.keys[0].scene_frame <= f <= keys.keys[-1].scene_frame]
    assert len(inside) > 100 or last == 9.0
    assert max(abs(drawn(keys, frame) - shot_time(frame, mapping)) for frame in inside) < 0.05


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({"mode": TimeMode.FOLLOW}, 4),  # the range's first frame, the start, the end of the shot and the range's last
        ({"mode": TimeMode.FREEZE}, 1),
        ({"mode": TimeMode.PING_PONG}, 5),  # two periods reach over the range
        ({"mode": TimeMode.BOUNCE}, 5),
        ({"mode": TimeMode.SLOW_MO, "last": 1000.0}, 7),
        ({"mode": TimeMode.RAMP_THEN_FREEZE, "slow_from": 5.0, "last": 1000.0}, 4),
    ],
)
def test_keys_are_few(change: dict, count: int) -> None:
    assert len(time_keys(mode_curve(replace(BASE, **change), FIRST, LAST)).keys) == count


def test_straight_pieces_and_smooth_joints_have_the_handles_an_artist_expects() -> None:
    follow = time_keys(mode_curve(BASE, FIRST, 50.0))
    assert [key.scene_frame for key in follow.keys] == [1.0, 5.0, 50.0]
    assert follow.keys[1].left.kind is follow.keys[1].right.kind is HandleKind.VECTOR
    assert follow.goes_on, "the shot has not ended at the last frame, so the curve goes on"
    behind = follow.keys[-1]
    slope = (behind.right.shot_frame - behind.shot_frame) / (behind.right.scene_frame - behind.scene_frame)
    assert slope == pytest.approx(0.8, abs=1e-3)
    assert follow.keys[0].left.shot_frame == follow.keys[0].shot_frame, "before its start it stands"
    bounce = time_keys(mode_curve(replace(BASE, mode=TimeMode.BOUNCE), FIRST, LAST))
    assert bounce.repeats and bounce.keys[1].left.kind is bounce.keys[1].right.kind is HandleKind.ALIGNED
    assert not time_keys(mode_curve(BASE, FIRST, LAST)).goes_on


def test_keys_through_samples() -> None:
    frames = np.arange(1.0, 101.0)
    values = 20 + 15 * np.sin(frames / 9) + np.where(frames > 60, frames - 60, 0)
    keys = time_keys(sampled_curve(1.0, 1.0, list(values)))
    assert max(abs(drawn(keys, f) - v) for f, v in zip(frames, values, strict=True)) < 0.05
    assert len(keys.keys) < 40


def test_crossings_back_and_forth() -> None:
    curve = mode_curve(replace(BASE, mode=TimeMode.PING_PONG, last=10.0, speed=1.0), 1.0, 40.0)
    turns = [(5, 0), (10, 5), (15, 10), (20, 5), (25, 0), (30, 5), (35, 10), (40, 5), (45, 0)]
    np.testing.assert_allclose(crossings(curve, [0.0, 5.0, 10.0]), turns, atol=1e-3)


def test_crossings_where_it_stands() -> None:
    follow = mode_curve(replace(BASE, speed=1.0, last=10.0), 1.0, 40.0)
    np.testing.assert_allclose(crossings(follow, [0, 10, 11]), [(5, 0), (15, 10)], atol=1e-3)
    freeze = mode_curve(replace(BASE, mode=TimeMode.FREEZE), 1.0, 40.0)
    assert crossings(freeze, [13.5, 14]) == [(1.0, 13.5)] and not freeze.moves


def test_crossings_of_samples_that_turn_between() -> None:
    curve = sampled_curve(1.0, 1.0, [0, 2, 4, 3, 3, 3, 6])
    np.testing.assert_allclose(crossings(curve, [3, 4]), [(2.5, 3), (3, 4), (4, 3), (6 + 1 / 3, 4)], atol=1e-3)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="turns 98000 times"):
        mode_curve(replace(BASE, mode=TimeMode.BOUNCE, last=0.01, speed=4.0), 1.0, 250.0)
    with pytest.raises(ValueError, match="not a number"):
        mode_curve(replace(BASE, scene_start=float("nan")), 1.0, 250.0)
    still: ShotCurve = mode_curve(replace(BASE, mode=TimeMode.PING_PONG, speed=0.0), 1.0, 250.0)
    assert not still.moves
