"""The dialects of transforms.json."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bake.contract.camera import LensModel
from bake.contract.errors import UserError
from bake.contract.shot_description import Alpha
from bake.footage import Purpose, examine, read_shot
from bake.footage.pixels import load_mask, load_pixels
from tests.footage.making import SHARED, edited, make_capture


def test_dnerf(tmp_path: Path) -> None:
    path = make_capture(tmp_path, name="transforms_train.json")

    def to_dnerf(document: dict) -> None:
        frames = document["frames"]
        document.clear()
        document |= {"camera_angle_x": 0.7, "frames": frames}
        for frame in frames:
            frame["file_path"] = "./" + frame["file_path"].removesuffix(".png")
            frame["rotation"] = 0.0314

    edited(path, to_dnerf)
    shot = read_shot(tmp_path)
    assert [frame.shot_frame for frame in shot.frames] == [0, 1, 2, 3, 4, 5]
    assert (shot.first_frame, shot.last_frame) == (0, 5)
    camera = shot.frames[0].camera
    assert (camera.width, camera.height, camera.cx, camera.cy) == (32, 24, 16, 12)
    assert camera.fx == pytest.approx(16 / math.tan(0.35)) and camera.fy == camera.fx
    assert shot.has_alpha and shot.frames[0].picture.alpha is Alpha.STRAIGHT
    stored = np.asarray(Image.open(tmp_path / "images" / "0003.png"), dtype=np.float32) / 255
    np.testing.assert_allclose(load_pixels(shot.frames[3]), stored, atol=1e-6)


def test_instant_ngp(tmp_path: Path) -> None:
    path = make_capture(
        tmp_path, k1=0.01, k2=0.02, p1=0.003, p2=0.004, aabb_scale=16, camera_angle_x=0.5, camera_model=None
    )
    edited(path, lambda document: [frame.update(sharpness=50.0) for frame in document["frames"]])
    lens = read_shot(path).frames[0].camera.lens
    assert lens.model is LensModel.OPENCV
    assert lens.coefficients == (0.01, 0.02, 0.003, 0.004)
    assert read_shot(path).frames[0].camera.fx == pytest.approx(38.4), "fl_x is more exact than camera_angle_x"


def test_nerfstudio_frames_override_the_header(tmp_path: Path) -> None:
    path = make_capture(tmp_path, near=0.5, far=9.0, frames_in_shot=60, fps=25, applied_transform=[[1, 0, 0, 0]])
    mask = np.full((24, 32), 255, dtype=np.uint8)
    mask[:, :10] = 0
    Image.fromarray(mask).save(tmp_path / "mask.png")

    def change(document: dict) -> None:
        for index, frame in enumerate(document["frames"]):
            frame["camera"] = index // 3
            frame["shot_frame"] = 10.5 * (index % 3)
        document["frames"][1] |= {"fl_x": 50.0, "fl_y": 51.0, "cx": 15.0, "mask_path": "mask.png"}

    edited(path, change)
    shot = read_shot(path)
    assert (shot.fps, shot.near, shot.far, shot.first_frame, shot.last_frame) == (25, 0.5, 9.0, 0, 59)
    assert [frame.stream for frame in shot.frames] == [0, 0, 0, 1, 1, 1]
    assert [frame.shot_frame for frame in shot.frames[:3]] == [0, 10.5, 21]
    changed = shot.frames[1].camera
    assert (changed.fx, changed.fy, changed.cx, changed.cy) == (50, 51, 15, 12)
    read = load_mask(shot.frames[1])
    assert read is not None and not read[:, :10].any() and read[:, 10:].all()
    assert load_mask(shot.frames[0]) is None


def test_fisheye_and_pinhole_models(tmp_path: Path) -> None:
    path = make_capture(tmp_path, camera_model="OPENCV_FISHEYE", k1=0.1, k2=0.0, k3=0.0, k4=0.01)
    lens = read_shot(path).frames[0].camera.lens
    assert (lens.model, lens.coefficients) == (LensModel.OPENCV_FISHEYE, (0.1, 0.0, 0.0, 0.01))
    edited(path, lambda document: document.update(camera_model="PINHOLE"))
    assert read_shot(path).frames[0].camera.lens.model is LensModel.NONE


def test_pictures_of_another_size_scale_the_lens(tmp_path: Path) -> None:
    path = make_capture(tmp_path, w=64, h=48, fl_x=80.0, fl_y=80.0, cx=33.0, cy=24.0)
    found = examine(path)
    assert found.shot is not None
    camera = found.shot.frames[0].camera
    assert (camera.width, camera.height, camera.fx, camera.cx) == (32, 24, 40, 16.5)
    (note,) = found.notes
    assert note.what == "the picture (and 5 more) is 32x24, the file says 64x48; the lens was scaled"


def test_frame_level_size_wins(tmp_path: Path) -> None:
    path = make_capture(tmp_path, w=999, h=10)
    edited(path, lambda document: [frame.update(w=32, h=24) for frame in document["frames"]])
    assert read_shot(path).frames[0].camera.fx == pytest.approx(38.4)


def test_held_back_frames_do_not_shift_the_clock(tmp_path: Path) -> None:
    path = make_capture(tmp_path, count=11)
    edited(path, lambda document: document["frames"].pop(4))
    shot = read_shot(path)
    assert [frame.shot_frame for frame in shot.frames] == [0, 1, 2, 3, 5, 6, 7, 8, 9, 10]


def test_whole_number_times_are_frame_numbers(tmp_path: Path) -> None:
    path = make_capture(tmp_path)
    edited(path, lambda document: [frame.update(time=3 * i) for i, frame in enumerate(document["frames"])])
    found = examine(path)
    assert found.shot is not None
    assert [frame.shot_frame for frame in found.shot.frames] == [0, 3, 6, 9, 12, 15]
    assert any("frame numbers" in note.what for note in found.notes)


def test_a_rig_without_camera_numbers(tmp_path: Path) -> None:
    path = make_capture(tmp_path, count=8)
    edited(path, lambda document: [frame.update(time=i % 4 / 3) for i, frame in enumerate(document["frames"])])
    found = examine(path)
    assert found.shot is not None
    assert [frame.stream for frame in found.shot.frames] == [0] * 4 + [1] * 4
    assert any("2 cameras" in note.what for note in found.notes)


def test_truth_takes_its_clock_from_the_field(tmp_path: Path) -> None:
    path = make_capture(tmp_path)
    edited(path, lambda document: document.update(frames=[dict(document["frames"][1], time=0.5)]))
    shot = read_shot(path, Purpose.TRUTH, extent=(10.0, 20.0))
    assert [frame.shot_frame for frame in shot.frames] == [15.0]


def test_no_footage_at_all(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no footage"):
        read_shot(tmp_path / "absent.json")
    with pytest.raises(UserError, match=r"no transforms\.json"):
        read_shot(tmp_path)
    (tmp_path / "transforms.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="not readable JSON"):
        read_shot(tmp_path)


@pytest.mark.parametrize(
    ("folder", "count", "alpha"), [("hand_books", 75, False), ("knight_random", 60, True), ("knight_stage", 60, False)]
)
def test_real_captures(folder: str, count: int, alpha: bool) -> None:
    if not (SHARED / folder).is_dir():
        pytest.skip(f"{SHARED / folder} is not here")
    found = examine(SHARED / folder)
    assert found.shot is not None and not found.problems and not found.notes
    assert (len(found.shot.frames), found.shot.has_alpha) == (count, alpha)
    pixels = load_pixels(found.shot.frames[7])
    assert pixels.shape == (found.shot.frames[7].camera.height, found.shot.frames[7].camera.width, 4)
