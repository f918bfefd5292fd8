"""The history of a bake stays short, keeps its end, and goes on after a resume."""

from __future__ import annotations

import math
from pathlib import Path

from bake.training.history import MOST_POINTS, History, Moment


def test_a_long_bake_stays_short_and_keeps_its_end() -> None:
    history = History()
    for step in range(5001):
        history.add(Moment(step, step / 2, 1 / (step + 1), math.nan if step < 200 else 30.0, 1e4))
    found = history.to_json()
    assert all(len(column) <= MOST_POINTS for column in found.values()) and len(found["step"]) > MOST_POINTS // 2
    assert found["step"][-1] == 5000 and found["psnr"][0] is None and found["psnr"][-1] == 30


def test_a_resume_forgets_what_came_after_the_checkpoint(tmp_path: Path) -> None:
    history = History()
    for step in range(10):
        history.add(Moment(step, float(step), 1.0, math.nan, 1e4))
    history.save(tmp_path / "history.json")
    assert [moment.step for moment in History.load(tmp_path / "history.json", 6).moments] == list(range(7))
    (tmp_path / "history.json").write_text("{")
    assert History.load(tmp_path / "history.json", 6).moments == []
