"""Time modes become keys that draw the same curve, and markers stand where the shot's frames are shown."""

from __future__ import annotations

from pathlib import Path

from tests.blender.fields import write_box_field
from tests.blender.harness import Blender

MODES = [
    {"mode": "follow", "scene_start": 4.0, "speed": 0.4},
    {"mode": "follow", "scene_start": 4.0, "speed": 0.1},
    {"mode": "freeze", "freeze_at": 6.25},
    {"mode": "reverse", "scene_start": 1.0, "speed": 0.7},
    {"mode": "ping_pong", "scene_start": 3.0, "speed": 0.9},
    {"mode": "bounce", "scene_start": 3.0, "speed": 0.9},
    {"mode": "slow_mo", "scene_start": 2.0, "speed": 0.3, "slow_from": 8.0, "slow_to": 22.0, "ramp": 6.0},
    {"mode": "ramp_then_freeze", "scene_start": 2.0, "speed": 0.3, "slow_from": 10.0, "ramp": 9.0},
]
"""In stretched frames: the scene's 120 frames are 60 of them, its range is 0.5 to 60."""


def test_modes_become_keys(blender: Blender, tmp_path: Path) -> None:
    write_box_field(tmp_path / "box.stp")
    found = blender.run("time_keys", tmp_path, tmp_path / "box.stp", MODES).values
    for settings, row in zip(MODES, found["modes"], strict=True):
        assert row["mode"] == "keyed"
        assert row["miss"] < 0.05, f"{settings}: {row}"
        assert row["keys"] <= (17 if settings["mode"] in ("ping_pong", "bounce") else 8), f"{settings}: {row}"
    assert [row["extrapolation"] for row in found["modes"][:3]] == ["CONSTANT", "LINEAR", "CONSTANT"]
    assert found["animated"] < 0.05
    assert "keys, which would be lost" in found["kept"]["sentence"] and found["kept"]["kept"]
    assert found["kept"]["after"] == 4
    assert found["copies"] == ["twin unchanged: True", "field changed: True"]
    assert found["undo"] == ["keyed", True, "bounce", True]


def test_markers_at_shot_frames(blender: Blender, tmp_path: Path) -> None:
    write_box_field(tmp_path / "box.stp")
    found = blender.run("shot_markers", tmp_path, tmp_path / "box.stp").values
    mine = [[2, "shot 3"], [9, "cut"]]
    assert found["follow"] == sorted([*mine, [3, "shot 0"], [9, "shot 3"], [15, "shot 6"], [21, "shot 9"]])
    turns = [[3, "shot 0"], [12, "shot 9"], [21, "shot 0"], [30, "shot 9"], [39, "shot 0"]]
    assert found["ping_pong"] == sorted([*mine, *turns])
    mine += [[4, "shot 0"], next(row for row in found["touched"] if row[1] == "mine")]
    fives = [[f, f"shot {s}"] for f, s in ((3, 0), (8, 5), (16, 5), (21, 0), (26, 5), (34, 5), (39, 0))]
    assert found["touched"] == sorted([*mine, *fives])
    assert found["twin"] == sorted([*mine, *fives, [1, "shot 5 (Twin)"]])
    assert found["removed"] == sorted([*mine, [1, "shot 5 (Twin)"]])
    assert found["keyed"] == sorted([*mine, [1, "shot 0"], [11, "shot 5"], [21, "shot 0"]])
    assert found["undone"] == found["removed"], "the twin is gone, its marker is not touched by undo"


def test_plates_made_by_a_script_are_those_that_the_render_needs(blender: Blender, tmp_path: Path) -> None:
    write_box_field(tmp_path / "box.stp")
    found = blender.run("plates_by_script", tmp_path, tmp_path / "box.stp").values
    assert len(found["made"]) == 1 and found["rendered"] == found["made"]
