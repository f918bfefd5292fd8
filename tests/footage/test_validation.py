"""Everything that is wrong is told at once, with file and frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bake.footage import Purpose, examine, read_shot
from bake.footage.problems import FootageError
from tests.footage.making import edited, make_capture


def test_all_problems_at_once(tmp_path: Path) -> None:
    path = make_capture(tmp_path, count=16)
    (tmp_path / "images/0001.png").unlink()
    whole = (tmp_path / "images/0002.png").read_bytes()
    (tmp_path / "images/0002.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGBA", (32, 32)).save(tmp_path / "images/0003.png")
    (tmp_path / "images/0004.png").write_bytes(b"this is no picture")
    Image.new("L", (8, 8)).save(tmp_path / "small.png")

    def spoil(document: dict) -> None:
        frames = document["frames"]
        frames[5]["transform_matrix"][0][3] = float("nan")
        frames[6]["transform_matrix"] = (2 * np.array(frames[6]["transform_matrix"])).tolist()
        frames[7]["transform_matrix"] = (np.array(frames[7]["transform_matrix"]) @ np.diag([1, 1, -1, 1])).tolist()
        frames[8]["time"], frames[9]["time"] = frames[9]["time"], frames[8]["time"]
        frames[11]["time"] = frames[10]["time"]
        frames[12]["fl_x"] = -3.0
        frames[13]["camera_model"] = "PANORAMA"
        frames[14]["mask_path"] = "small.png"
        frames[15]["time"] = 1.5
        del frames[0]["transform_matrix"]

    edited(path, spoil)
    with pytest.raises(FootageError) as caught:
        read_shot(path)
    found = {problem.frame: problem for problem in caught.value.problems}
    expected = {
        "images/0000.png": ("transforms.json", "no transform_matrix"),
        "images/0001.png": ("0001.png", "missing"),
        "images/0002.png": ("0002.png", "cut short"),
        "images/0003.png": ("0003.png", "another aspect"),
        "images/0004.png": ("0004.png", "not a readable picture"),
        "images/0005.png": ("transforms.json", "not finite"),
        "images/0006.png": ("transforms.json", "last row"),
        "images/0007.png": ("transforms.json", "left-handed"),
        "images/0009.png": ("transforms.json", "out of order"),
        "images/0011.png": ("transforms.json", "same time"),
        "images/0012.png": ("transforms.json", "focal length"),
        "images/0013.png": ("transforms.json", "PANORAMA"),
        "images/0014.png": ("small.png", "the mask is 8x8"),
        "images/0015.png": ("transforms.json", "out of range"),
    }
    assert found.keys() == expected.keys()
    for frame, (file, words) in expected.items():
        assert found[frame].file.endswith(file) and words in found[frame].what, found[frame]
    assert "images/0001.png" in str(caught.value) and "14 problems" in str(caught.value)


def test_scaled_rotations_are_not_rigid(tmp_path: Path) -> None:
    path = make_capture(tmp_path)

    def scale(document: dict) -> None:
        matrix = document["frames"][2]["transform_matrix"]
        for row in matrix[:3]:
            row[:3] = [1.05 * value for value in row[:3]]

    edited(path, scale)
    problems = examine(path).problems
    assert [problem.frame for problem in problems] == ["images/0002.png"]
    assert "not rigid" in problems[0].what


def test_too_few_frames_says_how_many_are_needed(tmp_path: Path) -> None:
    path = make_capture(tmp_path, count=3)
    (problem,) = examine(path).problems
    assert "3" in problem.what and "at least 4" in problem.what
    assert read_shot(path, Purpose.TRUTH).frames, "three pictures are enough to compare with"


def test_one_moment_is_no_shot(tmp_path: Path) -> None:
    path = make_capture(tmp_path)
    edited(path, lambda document: [frame.update(time=0.0, camera=i) for i, frame in enumerate(document["frames"])])
    assert any("2 different times" in problem.what for problem in examine(path).problems)


def test_missing_times(tmp_path: Path) -> None:
    path = make_capture(tmp_path)
    edited(path, lambda document: document["frames"][3].pop("time"))
    (problem,) = examine(path).problems
    assert problem.frame == "images/0003.png" and "neither a time nor a shot_frame" in problem.what


def test_a_lens_that_folds_the_picture(tmp_path: Path) -> None:
    path = make_capture(tmp_path, k1=-6.0)
    assert all("cannot be undone" in problem.what for problem in examine(path).problems)
    assert len(examine(path).problems) == 6
