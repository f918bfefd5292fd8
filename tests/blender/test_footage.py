"""A Blender scene's own cameras become a shot that the worker can bake."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bake.contract.camera import LensModel
from bake.contract.shot_description import read_shot_description
from tests.blender.harness import Blender
from tests.footage.making import make_capture


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return make_capture(tmp_path / "footage", count=8, size=(48, 36))


def test_cameras_of_the_scene(blender: Blender, tmp_path: Path, capture: Path) -> None:
    found = blender.run("export_cameras", tmp_path, capture, "").values
    assert "13 pictures, 2 cameras, 48x36, 24 per second" in found["said"], found
    assert found["frame"] == 3, "the scene stays where it was"
    shot = read_shot_description(Path(found["description"]))
    assert shot.metres_per_unit == pytest.approx(0.5)
    truth = json.loads(capture.read_text(encoding="utf-8"))
    first, second = shot.streams
    assert [frame.shot_frame for frame in first.frames] == list(range(8))
    assert [frame.shot_frame for frame in second.frames] == [1, 2, 3, 4, 5]
    for frame, entry in zip(first.frames, truth["frames"], strict=True):
        camera = frame.camera
        np.testing.assert_allclose(camera.camera_to_world, entry["transform_matrix"], atol=1e-5)
        found_numbers = (camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy)
        np.testing.assert_allclose(found_numbers, (48, 36, truth["fl_x"], truth["fl_y"], 24, 18), rtol=1e-5)
        assert Path(frame.path) == capture.parent / entry["file_path"]
    lens = second.frames[0].camera
    np.testing.assert_allclose((lens.fx, lens.fy, lens.cx, lens.cy), (57.6, 72, 25, 20), rtol=1e-5)
    assert lens.lens.model is LensModel.OPENCV
    np.testing.assert_allclose(lens.lens.coefficients, (-0.02, 0, 0, 0, 0.003), atol=1e-6)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("missing", ("There is no file", "nothing.png", "It has no camera")),
        ("shape", ("48x36", "shape of the footage")),
        ("panoramic", ("perspective or orthographic",)),
    ],
)
def test_what_is_wrong_is_told(
    blender: Blender, tmp_path: Path, capture: Path, trouble: str, words: tuple[str, ...]
) -> None:
    found = blender.run("export_cameras", tmp_path, capture, trouble).values
    assert all(word in found["said"] for word in words), found
    assert found["frame"] == 3
