"""The curriculum: little at first, everything in the end, and never a segment without frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bake.footage import Shot, read_shot
from bake.training.curriculum import EVERYTHING, frames_shown, lesson, parts_shown
from tests.footage.making import make_capture

SEGMENTS = 4


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """Forty seconds at 60 fps."""
    short = read_shot(make_capture(tmp_path_factory.mktemp("shot")))
    frames = tuple(replace(short.frames[0], shot_frame=float(number)) for number in range(2400))
    return replace(short, frames=frames, fps=60.0, last_frame=2399.0)


def test_it_begins_with_two_seconds_at_fifteen_frames_a_second(shot: Shot) -> None:
    first = lesson(0.0, 10.0, 60.0)
    assert first.stretch == pytest.approx(0.2) and first.stride == 4 and first.coarse == 1.0
    shown = np.flatnonzero(frames_shown(shot, SEGMENTS, first))
    for segment in range(SEGMENTS):
        own = shown[(shown >= 600 * segment) & (shown < 600 * (segment + 1))]
        assert 29 <= len(own) <= 31 and own[0] < 600 * segment + 4 and set(np.diff(own)) == {4}


def test_it_only_grows_and_ends_with_everything(shot: Shot) -> None:
    before = np.zeros(2400, dtype=bool)
    for fraction in np.linspace(0, 0.4, 21):
        shown = frames_shown(shot, SEGMENTS, lesson(fraction, 10.0, 60.0))
        assert (shown >= before).all() and shown.sum() > before.sum() - 1
        before = shown
    assert before.all() and lesson(0.4, 10.0, 60.0) == EVERYTHING


def test_what_is_already_short_and_slow_is_shown_whole() -> None:
    assert lesson(0.0, 1.5, 12.0) == replace(EVERYTHING, coarse=1.0)


def test_parts_of_the_occupancy_follow_the_frames() -> None:
    shown = parts_shown(16, SEGMENTS, replace(EVERYTHING, stretch=0.5))
    assert shown.tolist() == [True, True, False, False] * 4
