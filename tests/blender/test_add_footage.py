"""Several cameras, several files: each finds the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.blender.harness import Blender

SIZE = (32, 24)


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    """Two image sequences and two videos."""
    folder = tmp_path / "Take 4"
    folder.mkdir()
    picture = np.full((*SIZE[::-1], 3), 90, np.uint8)
    for name in [*(f"CamB_{number:04d}.png" for number in range(10, 20)), "0001.png", "0002.png"]:
        cv2.imwrite(str(folder / name), picture)
    for name in ("sh010-CamA-v2.avi", "other-CamA-v2.avi"):
        video = cv2.VideoWriter(str(folder / name), cv2.VideoWriter.fourcc(*"MJPG"), 24, SIZE)
        for _ in range(6):
            video.write(picture)
        video.release()
    (folder / "notes.txt").write_text("nothing", encoding="utf-8")
    return folder


def run(blender: Blender, act: str, footage: Path) -> tuple[dict[str, Any], str]:
    done = blender.run("add_footage", act, footage)
    return done.values, done.stdout


def test_cameras_with_what_they_have_filmed(blender: Blender, footage: Path) -> None:
    found, told = run(blender, "cameras", footage)
    assert found["said"] == "{'FINISHED'}" and found["source"] == "SCENE", found
    assert found["streams"] == [
        ["Done", "Done", "", 1, 0, 0],
        ["CamB", "CamB", "camB_0010.png", 1, 0, 0],
        ["Lonely", "Lonely", "", 1, 0, 0],
        # Picture 0 lies two frames before the clip's start, which shows picture 2.
        ["Of Clip", "Of Clip", "plate b", 98, 2, 0],
        # Frame 50 shows file 12, which is picture 2 of a sequence that begins with file 10.
        ["Of Sequence", "Of Sequence", "CamB_0010.png", 48, 2, 4],
        ["Of Video", "Of Video", "sh010-CamA-v2.avi", 50, 0, 6],
    ]
    assert "No footage found for Lonely" in told


def test_no_cameras_to_add(blender: Blender, footage: Path) -> None:
    found, _ = run(blender, "poll", footage)
    assert "Select cameras that are not in the list yet" in found["said"]


def test_files_go_to_the_cameras_they_are_named_after(blender: Blender, footage: Path) -> None:
    found, _ = run(blender, "files", footage)
    assert found["said"] == "{'FINISHED'}", found
    assert sorted(found["streams"]) == [
        ["CamA", "CamA", "sh010-CamA-v2.avi", 7, 0, 0],
        # Pictures named by numbers alone are named after their folder; one camera is left for them.
        ["Last", "Last", "0001.png", 7, 0, 0],
        ["Waiting", "camB", "CamB_0010.png", 7, 0, 0],
    ]


def test_where_nobody_can_tell_there_is_no_camera(blender: Blender, footage: Path) -> None:
    found, told = run(blender, "rivals", footage)
    assert [stream[1] for stream in found["streams"]] == ["", "", ""], found
    assert "No camera is named like CamB, other-CamA-v2, sh010-CamA-v2" in told


def test_what_is_no_footage_adds_nothing(blender: Blender, footage: Path) -> None:
    found, _ = run(blender, "unfit", footage)
    assert "notes.txt: not a picture and not a video" in found["said"] and found["streams"] == []
