"""The picture of a bake that runs: cheap, of a frame that was held out, and without a trace in the field."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bake.footage import read_shot
from bake.training import picture
from bake.training.bake import Bake, BakeSettings, bake_shot
from tests.footage.making import make_capture

SETTINGS = BakeSettings(device="cpu", steps=40, seed=4)


def test_the_field_is_the_same_with_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "_SHARE", 1e9)
    monkeypatch.setattr(picture, "_SOONEST", 0.0)
    monkeypatch.setattr(picture, "_LATEST", 0.0)
    shot = read_shot(make_capture(tmp_path, count=8, size=(48, 36)))
    drawn = []
    really_draw = picture.BakePicture._draw

    def draw(made: picture.BakePicture, longest: int) -> int:
        drawn.append(longest)
        return really_draw(made, longest)

    monkeypatch.setattr(picture.BakePicture, "_draw", draw)
    fields = []
    for name, wanted in (("one.stp", True), ("two.stp", False)):
        bake_shot(shot, tmp_path / name, BakeSettings(**{**vars(SETTINGS), "picture": wanted}), lambda _: None, never)
        fields.append((tmp_path / name).read_bytes()[-100_000:])
    assert fields[0] == fields[1] and len(drawn) > 2, drawn
    with Image.open(tmp_path / "one.stp.bake/picture.png") as made:
        assert made.size == (48, 36) and made.mode == "RGBA"
    assert not (tmp_path / "two.stp.bake/picture.png").exists()


def test_it_costs_less_than_a_hundredth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock that decides: a machine on which a pixel costs a fifth of a millisecond."""
    clock = [0.0]
    monkeypatch.setattr(picture.time, "perf_counter", lambda: clock[0])
    shot = read_shot(make_capture(tmp_path, count=8, size=(320, 240)))
    sizes = []

    def draw(_: picture.BakePicture, longest: int) -> int:
        sizes.append(longest)
        pixels = longest * longest * 3 // 4
        clock[0] += pixels * 2e-4
        return pixels

    monkeypatch.setattr(picture.BakePicture, "_draw", draw)
    made = picture.BakePicture(None, shot.frames[0], tmp_path / "x.png", 0.0)
    begun, spent = clock[0], 0.0
    for second in range(600):
        before = clock[0] = begun + second + spent
        made.offer(2000.0)
        spent += clock[0] - before
    before = clock[0]
    made.finish()
    spent += clock[0] - before
    assert spent < 6.0 and len(sizes) > 5 and max(sizes) > sizes[0], (spent, sizes)


def test_it_shows_a_frame_that_was_held_out(tmp_path: Path) -> None:
    shot = read_shot(make_capture(tmp_path, count=8, size=(48, 36)))
    settings = BakeSettings(device="cpu", steps=40, hold_out=4)
    baking = Bake(shot, tmp_path / "ball.stp", settings, lambda _: None, never)
    assert baking.pictured not in baking.shot.frames and baking.pictured in shot.frames


def never() -> bool:
    return False
