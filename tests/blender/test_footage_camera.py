"""The camera to start from is the one that filmed, wherever the field was moved."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bake.contract.camera import Camera
from bake.contract.errors import UserError
from bake.contract.field_file import read_cameras
from tests.blender.fields import filmed_from, write_box_field
from tests.blender.harness import Blender
from tests.commands.conftest import run_worker
from tests.footage.making import make_capture


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_capture(tmp_path_factory.mktemp("footage"), count=8, size=(48, 36), cx=26.0, cy=15.0)


@pytest.fixture(scope="module")
def field(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("field") / "ball.stp"
    done = run_worker("bake", capture, "-o", path, "--steps", 2, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    return path


def test_it_follows_the_footage(blender: Blender, tmp_path: Path, capture: Path, field: Path) -> None:
    found = blender.run("footage_camera", tmp_path, field).values
    truth = json.loads(capture.read_text(encoding="utf-8"))
    place = np.array(found["place"])
    points = np.array([[0.1, 0.2, 0.3], [-0.4, 0.1, 0.0], [0.3, -0.3, 0.2]])
    moved = points @ place[:3, :3].T + place[:3, 3]
    assert len(found["cameras"]) == len(truth["frames"]) == 8
    for seen, entry in zip(found["cameras"], truth["frames"], strict=True):
        pose = tuple(np.array(entry["transform_matrix"]).ravel())
        filmed = Camera(48, 36, truth["fl_x"], truth["fl_y"], truth["cx"], truth["cy"], pose)
        np.testing.assert_allclose(Camera.from_json(seen).project(moved)[0], filmed.project(points)[0], atol=0.01)
    assert found["active"].endswith("Footage"), "the scene had no camera, so it looks through this one"


def test_a_field_that_does_not_know_its_cameras(tmp_path: Path) -> None:
    write_box_field(tmp_path / "box.stp")
    with pytest.raises(UserError, match="does not say from where"):
        read_cameras(tmp_path / "box.stp")


def test_re_filming_goes_with_the_shot_in_every_mode(blender: Blender, tmp_path: Path) -> None:
    """One camera goes from azimuth -20 to 25, one stands at 90 degrees, one leaps about late in the shot."""
    azimuths = [-20.0 + 5 * number for number in range(10)] + [90.0] * 10 + [0.0, 170.0, -60.0]
    frames = [float(number) for number in range(10)] * 2 + [7.0, 8.0, 9.0]
    write_box_field(tmp_path / "box.stp", cameras=filmed_from(azimuths, frames))
    found = blender.run("refilm", tmp_path, tmp_path / "box.stp").values
    for mode, filmed in found["modes"].items():
        rows = np.array(filmed["rows"])
        assert filmed["interpolation"] == "BEZIER" and filmed["name"].startswith("box Footage 1")
        np.testing.assert_allclose(rows[:, 2], 4.0, atol=0.02)
        if mode == "freeze":
            np.testing.assert_allclose(rows[:11, 1], np.minimum(-20 + 5 * np.arange(11), 25), atol=0.2)
        else:
            np.testing.assert_allclose(rows[:, 1], -20 + 5 * rows[:, 0], atol=0.6, err_msg=mode)
    assert found["third"]["interpolation"] == "CONSTANT", "it leapt"
    np.testing.assert_allclose(np.array(found["third"]["rows"])[:4, 1], [0, 170, -60, -60], atol=1e-3)
    for name in ("second", "second_shown"):
        np.testing.assert_allclose(np.array(found[name]["rows"])[:, 1], 90.0, atol=1e-3)
    np.testing.assert_allclose(np.array(found["whole"]["rows"])[:10, 1], -20 + 5 * np.arange(10), atol=0.2)
    for sentence, told in zip(
        ("from 1 to 3", "mirrored", "unevenly", "shows none of them"), found["wrong"], strict=True
    ):
        assert sentence in told
    assert found["size"] == [64, 48]
    assert found["looked_through"] == [False, True], "the artist's camera stays, unless asked"
