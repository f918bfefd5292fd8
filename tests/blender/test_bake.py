"""Bakes through the installed extension, with the real worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bake.contract.field_file import read_header
from tests.blender.harness import Blender
from tests.footage.making import make_capture

BRIEF = {"minutes": 0.1}
LONG = {"minutes": 30.0}


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return make_capture(tmp_path / "footage", count=8, size=(48, 36))


def bake(blender: Blender, folder: Path, capture: Path, act: str, settings: dict[str, Any]) -> dict[str, Any]:
    return blender.run("bake_shot", folder, capture, act, settings, timeout=300).values


def test_a_bake_and_its_check(blender: Blender, tmp_path: Path, capture: Path) -> None:
    assert "8 pictures, 1 camera, 48x36" in bake(blender, tmp_path, capture, "check", BRIEF)["checked"]
    found = bake(blender, tmp_path, capture, "bake", BRIEF)
    assert found["said"] == "{'FINISHED'}" and found["state"] == "done" and "dB" in found["text"], found
    assert found["fraction"] == 1 and found["field"] and "checkpoint.safetensors" not in found["left"]
    assert read_header(tmp_path / "shot.stp").frame_count == 8


def test_frames_are_held_out_of_a_bake_if_asked_for(blender: Blender, tmp_path: Path, capture: Path) -> None:
    found = bake(blender, tmp_path, capture, "bake", {**BRIEF, "hold_out": 4})
    assert found["said"] == "{'FINISHED'}", found
    header = read_header(tmp_path / "shot.stp")
    assert (header.frame_count, header.training["hold_out"]) == (6, 4)


def test_everything_wrong_with_footage_is_told_at_once(blender: Blender, tmp_path: Path, capture: Path) -> None:
    (capture.parent / "images" / "0002.png").unlink()
    (capture.parent / "images" / "0005.png").write_bytes(b"no picture")
    for act in ("check", "bake"):
        found = bake(blender, tmp_path, capture, act, BRIEF)
        assert "0002.png" in found["said"] and "0005.png" in found["said"], found
        assert not found["field"]


def test_killed_and_resumed(blender: Blender, tmp_path: Path, capture: Path) -> None:
    found = bake(blender, tmp_path, capture, "killed", LONG)
    assert "was killed (signal 9)" in found["said"] and found["state"] == "killed", found
    assert "checkpoint.safetensors" in found["left"] and not found["field"]
    again = bake(blender, tmp_path, capture, "cancelled", LONG)
    assert again["state"] == "stopped" and "Cancelled" in again["said"], again
    assert "checkpoint.safetensors" in again["left"]


def test_two_blenders_one_output(blender: Blender, tmp_path: Path, capture: Path) -> None:
    found = bake(blender, tmp_path, capture, "twice", LONG)
    assert "Another bake of this output is running" in found["said"], found
    state = json.loads((tmp_path / "shot.stp.bake" / "state.json").read_text(encoding="utf-8"))
    assert state["state"] == "stopped"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"footage_path": ""}, "The capture is not set"),
        ({"footage_path": "//nothing"}, "There is no capture"),
        ({"output_path": "//shot.blend"}, "does not end in .stp"),
        ({"source": "SCENE"}, "has no footage"),
        ({"hold_out": 1}, "leaves nothing to bake"),
        ({"output_path": "/proc/shot.stp"}, "Cannot write"),
    ],
)
def test_settings_that_cannot_be_used(
    blender: Blender, tmp_path: Path, capture: Path, settings: dict[str, Any], words: str
) -> None:
    found = bake(blender, tmp_path, capture, "bake", settings)
    assert found["said"].startswith("Error: ") and words in found["said"], found
    assert not found["field"]
