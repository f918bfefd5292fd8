"""Nerfies' and HyperNeRF's datasets."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bake.footage import Purpose, examine, read_shot
from bake.footage.pixels import load_depth, load_mask
from tests.footage.making import edited
from tests.footage.producers import NERFIES_LENS, pixel_by_opencv, pixel_read, sentences, write_nerfies


def test_a_point_is_seen_where_the_camera_saw_it(tmp_path: Path) -> None:
    poses = write_nerfies(tmp_path)
    shot = read_shot(tmp_path)
    for frame in shot.frames:
        # Their cameras are those of pictures of 64x48; the largest that are here have half that size.
        seen = pixel_by_opencv(poses[frame.name], (76.0, 76.0 * 1.02), (31.0, 25.0), NERFIES_LENS) / 2
        assert (frame.camera.width, frame.camera.height) == (32, 24)
        # Scene units are theirs times the scale that scene.json states, around its centre.
        np.testing.assert_allclose(pixel_read(frame), seen, atol=1e-6)


def test_splits_times_and_cameras(tmp_path: Path) -> None:
    write_nerfies(tmp_path)
    found = examine(tmp_path)
    assert found.shot is not None and found.kind == "Nerfies or HyperNeRF dataset"
    assert {frame.name for frame in found.shot.frames} == {
        "left_000000",
        "left_000002",
        "left_000003",
        "right_000000",
        "right_000001",
        "right_000003",
    }
    assert [(frame.stream, frame.shot_frame) for frame in found.shot.frames] == [
        (0, 0), (0, 2), (0, 3), (1, 0), (1, 1), (1, 3)
    ]  # fmt: skip
    assert (found.shot.first_frame, found.shot.last_frame, found.shot.near, found.shot.far) == (0, 3, 0.05, 2.5)
    assert any("2 val_ids are the truth" in note.what for note in found.notes)
    truth = read_shot(tmp_path, Purpose.TRUTH, extent=(0.0, 3.0))
    assert [(frame.name, frame.shot_frame) for frame in truth.frames] == [("left_000001", 1), ("right_000002", 2)]


def test_a_size_may_be_chosen(tmp_path: Path) -> None:
    poses = write_nerfies(tmp_path, time_key="time_id")
    shot = read_shot(tmp_path / "rgb/4x")
    frame = shot.frames[0]
    assert (frame.camera.width, frame.camera.height) == (16, 12)
    seen = pixel_by_opencv(poses[frame.name], (76.0, 76.0 * 1.02), (31.0, 25.0), NERFIES_LENS) / 4
    np.testing.assert_allclose(pixel_read(frame), seen, atol=1e-6)


def test_depths_and_masks_beside_the_pictures(tmp_path: Path) -> None:
    write_nerfies(tmp_path)
    for kind in ("mask", "depth"):
        (tmp_path / kind / "2x").mkdir(parents=True)
    mask = np.full((24, 32), 255, dtype=np.uint8)
    mask[:, :5] = 0
    depth = np.full((24, 32, 1), 8.0, dtype=np.float32)
    depth[3, 4] = 0.0
    for own in ("left_000000", "left_000002"):
        Image.fromarray(mask).save(tmp_path / f"mask/2x/{own}.png")
        np.save(tmp_path / f"depth/2x/{own}.npy", depth)
    frame = read_shot(tmp_path).frames[0]
    read, used = load_depth(frame), load_mask(frame)
    assert read is not None and used is not None
    assert np.isnan(read[3, 4]) and read[0, 0] == 2.0, "their units times the scene's scale"
    assert not used[:, :5].any() and used[:, 5:].all()
    assert load_depth(read_shot(tmp_path).frames[2]) is None


def test_without_a_split_everything_serves(tmp_path: Path) -> None:
    write_nerfies(tmp_path)
    edited(tmp_path / "dataset.json", lambda document: (document.pop("train_ids"), document.pop("val_ids")))
    assert len(read_shot(tmp_path).frames) == 8


_CAMERA = "camera/left_000002.json"
_IN = ", frame left_000002: "
BROKEN: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no metadata": (
        lambda folder: (folder / "metadata.json").unlink(),
        ["There is no file FOLDER/metadata.json."],
    ),
    "metadata is no object": (
        lambda folder: (folder / "metadata.json").write_text("[]"),
        ["FOLDER/metadata.json holds no JSON object."],
    ),
    "a frame without metadata": (
        lambda folder: edited(folder / "metadata.json", lambda document: document.pop("left_000002")),
        [f"FOLDER/metadata.json{_IN}metadata.json says nothing of it"],
    ),
    "a frame without a time": (
        lambda folder: edited(folder / "metadata.json", lambda document: document["left_000002"].pop("warp_id")),
        [f"FOLDER/metadata.json{_IN}it has neither a time_id nor a warp_id"],
    ),
    "no scale": (
        lambda folder: edited(folder / "scene.json", lambda document: document.pop("scale")),
        ["FOLDER/scene.json: it has no scale"],
    ),
    "a centre of two numbers": (
        lambda folder: edited(folder / "scene.json", lambda document: document.update(center=[1, 2])),
        ["FOLDER/scene.json: its center is [1, 2], which is no place"],
    ),
    "near of 0": (
        lambda folder: edited(folder / "scene.json", lambda document: document.update(near=0)),
        ["FOLDER/scene.json: its near is 0, which is no positive number"],
    ),
    "no camera": (
        lambda folder: (folder / _CAMERA).unlink(),
        [f"FOLDER/dataset.json{_IN}There is no file FOLDER/{_CAMERA}"],
    ),
    "a camera without a focal length": (
        lambda folder: edited(folder / _CAMERA, lambda document: document.pop("focal_length")),
        [f"FOLDER/{_CAMERA}{_IN}its camera has no focal_length"],
    ),
    "an orientation of four numbers": (
        lambda folder: edited(folder / _CAMERA, lambda document: document.update(orientation=[1, 0, 0, 0])),
        [f"FOLDER/{_CAMERA}{_IN}its camera's orientation is not 3x3 numbers"],
    ),
    "a mirrored orientation": (
        lambda folder: edited(folder / _CAMERA, lambda document: _mirror(document["orientation"])),
        [
            f"FOLDER/dataset.json{_IN}its matrix mirrors (it is left-handed); matrices must be OpenGL camera-to-world",
        ],
    ),
    "a skewed camera": (
        lambda folder: edited(folder / _CAMERA, lambda document: document.update(skew=0.5)),
        [f"FOLDER/{_CAMERA}{_IN}its camera is skewed by 0.5; undistort the pictures first"],
    ),
    "a picture is gone": (
        lambda folder: (folder / "rgb/2x/left_000002.png").unlink(),
        [f"FOLDER/rgb/2x/left_000002.png{_IN}the file is missing"],
    ),
    "an id listed twice": (
        lambda folder: edited(folder / "dataset.json", lambda document: document["train_ids"].append("left_000002")),
        [f"FOLDER/dataset.json{_IN}it is listed twice"],
    ),
    "two pictures of one instant": (
        lambda folder: edited(folder / "metadata.json", lambda document: document["left_000002"].update(warp_id=0)),
        [
            f"FOLDER/dataset.json{_IN}it has the same time (shot frame 0) as frame left_000000 of the same camera",
        ],
    ),
    "no pictures at all": (
        lambda folder: edited(folder / "dataset.json", lambda document: document.update(train_ids=[], ids=[])),
        ["FOLDER/dataset.json: there are too few frames: 0; at least 4 are needed"],
    ),
}


def _mirror(rows: list[list[float]]) -> None:
    rows[0] = [-value for value in rows[0]]


@pytest.mark.parametrize("case", BROKEN)
def test_broken(tmp_path: Path, case: str) -> None:
    write_nerfies(tmp_path)
    spoil, told = BROKEN[case]
    spoil(tmp_path)
    assert sentences(tmp_path, tmp_path) == told


def test_a_picture_folder_of_another_capture_is_none(tmp_path: Path) -> None:
    write_nerfies(tmp_path)
    shutil.rmtree(tmp_path / "camera")
    assert sentences(tmp_path, tmp_path) == [
        "The folder FOLDER holds no transforms.json and no other footage that is known."
    ]
