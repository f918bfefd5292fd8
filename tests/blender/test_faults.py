"""What must not happen: a frame that is silently wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.blender.fields import write_box_field
from tests.blender.harness import Blender
from tests.blender.test_frames import Scene, assert_same, read_picture, scene

__all__ = ["scene"]
FAULTS = {
    "panoramic camera": "fisheye equidistant or equisolid",
    "no field file": "There is no field file",
    "short field file": "cut short",
    "garbage": "not a field file",
    "newer field file": "field format 9",
    "replaced field file": "was baked again",
    "worker killed": "killed (signal 9)",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_render_without_its_plate_ends_the_process(blender: Blender, tmp_path: Path, fault: str) -> None:
    field = tmp_path / "box.stp"
    write_box_field(field)
    write_box_field(tmp_path / "other.stp", seed=1)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = {"TMPDIR": str(temporary)}
    done = blender.run("render_broken", tmp_path, field, fault, True, check=False, env=env)
    assert done.returncode == 1, done.stdout
    assert not list(temporary.glob("spacetimepilot*"))
    said = [line for line in done.stderr.splitlines() if line.startswith("SpaceTimePilot: ")]
    assert len(said) == 1 and FAULTS[fault] in said[0] and "Frame 3" in said[0], done.stderr
    assert not list(tmp_path.glob("broken_*"))
    assert not list((tmp_path / "spacetimepilot_plates").glob("*"))


@pytest.mark.parametrize("interpreter", [None, "/nowhere/python", "/bin/false"])
def test_an_unplugged_interpreter_ends_the_process(blender: Blender, tmp_path: Path, interpreter: str | None) -> None:
    field = tmp_path / "box.stp"
    write_box_field(field)
    env = {"SPACETIMEPILOT_PYTHON": interpreter}
    done = blender.run("render_broken", tmp_path, field, "nothing", False, check=False, env=env)
    assert done.returncode == 1
    assert "SpaceTimePilot: Frame 3 of Scene has no plate." in done.stderr
    words = {None: "no worker", "/nowhere/python": "not a program", "/bin/false": "ended (exit code 1)"}
    assert words[interpreter] in done.stderr
    assert not list(tmp_path.glob("broken_*"))


def test_moved_elsewhere_without_its_plates(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    field = shutil.move(scene.field, folder / "box.stp")
    saved = scene.blender.run("save_shot", folder, field, [4], False).values
    assert all(path.startswith("//") for path in saved["paths"]), saved
    elsewhere = tmp_path / "else where"
    shutil.move(folder, elsewhere)
    shutil.rmtree(elsewhere / "spacetimepilot_plates")
    done = scene.blender.run("open_and_render", elsewhere / "shot.blend", [6, 4])
    moved = Scene(scene.blender, elsewhere / "box.stp", elsewhere)
    for number, path in done.values["frames"].items():
        assert_same(read_picture(Path(path)), moved.truth(int(number), int(number) - 1))


def test_plates_made_before_need_no_worker_and_no_field(scene: Scene, tmp_path: Path) -> None:
    saved = scene.blender.run("save_shot", tmp_path, scene.field, [3, 4, 5], True).values
    assert len(saved["plates"]) == 3
    truth = scene.truth(5, 4)
    scene.field.unlink()
    env = {"SPACETIMEPILOT_PYTHON": None}
    done = scene.blender.run("open_and_render", tmp_path / "shot.blend", [5], env=env)
    assert_same(read_picture(Path(done.values["frames"]["5"])), truth)


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty"])
def test_a_damaged_plate_is_made_again(scene: Scene, tmp_path: Path, damage: str) -> None:
    saved = scene.blender.run("save_shot", tmp_path, scene.field, [4], True).values
    plate = tmp_path / "spacetimepilot_plates" / saved["plates"][0]
    plate.write_bytes({"cut": plate.read_bytes()[:-9], "garbage": b"garbage" * 99, "empty": b""}[damage])
    done = scene.blender.run("open_and_render", tmp_path / "shot.blend", [4])
    assert_same(read_picture(Path(done.values["frames"]["4"])), scene.truth(4, 3))
