"""`--command spacetimepilot`: what farms call, and the exit codes they go by."""

from __future__ import annotations

from pathlib import Path

from bake.contract.field_file import read_header
from tests.blender.fields import write_box_field
from tests.blender.harness import Blender
from tests.footage.making import make_capture


def test_commands_and_exit_codes(blender: Blender, tmp_path: Path) -> None:
    field, baked = tmp_path / "box.stp", tmp_path / "new.stp"
    write_box_field(field)
    capture = make_capture(tmp_path / "footage", count=8, size=(48, 36))
    lines = [
        ["doctor"],
        [
            "bake",
            "--footage",
            str(capture),
            "--output",
            str(baked),
            "--preset",
            "preview",
            "--minutes",
            "0.2",
            "--queue",
        ],
        ["plates", "--frames", "1", "2"],
        ["render", "--frames", "2", "--output", str(tmp_path / "still_####")],
        ["render", "--frames", "3", "4", "--output", str(tmp_path / "range_####")],
        ["render", "--frames", "3", "4", "5"],
        ["bake", "--footage", str(tmp_path / "nothing")],
        ["dance"],
        ["--help"],
    ]
    done = blender.run("command_line", tmp_path, field, lines, timeout=300)
    assert done.values["codes"] == [0, 0, 0, 0, 0, 1, 1, 2, 0], done.stderr
    assert read_header(baked).frame_count == 8
    written = sorted(path.name for path in tmp_path.glob("*.exr"))
    assert written == ["range_0003.exr", "range_0004.exr", "still_0002.exr"]
    assert len(list((tmp_path / "spacetimepilot_plates").glob("*.exr"))) == 4
    assert "There is no capture" in done.stderr
    assert "SpaceTimePilot bake" in done.stdout and "torch" in done.stdout


def test_the_doctor_says_what_is_missing(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "box.stp"
    write_box_field(field)
    env = {"SPACETIMEPILOT_PYTHON": None}
    done = blender.run("command_line", tmp_path, field, [["doctor"], ["setup", "--wheels", "/nowhere"]], env=env)
    assert done.values["codes"] == [1, 1] and "The folder of wheels /nowhere is not there" in done.stderr
    assert "MEND  Worker" in done.stdout and "SPACETIMEPILOT_PYTHON" in done.stdout
