"""Models that COLMAP itself has written, and broken ones."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bake.contract.camera import LensModel
from bake.contract.errors import UserError
from bake.footage import examine, read_shot
from bake.footage.pixels import load_mask
from tests.footage.producers import POINT, eyes, picture, pixel_read, sentences, write_colmap

pytest.importorskip("pycolmap", reason="COLMAP models are read by pycolmap, which is optional")

NAMES = [f"frame_{number:04d}.png" for number in (3, 4, 5, 7, 8, 9)]
CAMERAS = {
    "SIMPLE_PINHOLE": (38, 15.5, 12.5),
    "PINHOLE": (38, 39, 15.5, 12.5),
    "SIMPLE_RADIAL": (38, 15.5, 12.5, 0.02),
    "RADIAL": (38, 15.5, 12.5, 0.02, -0.01),
    "OPENCV": (38, 39, 15.5, 12.5, 0.02, -0.01, 0.002, 0.001),
    "FULL_OPENCV": (38, 39, 15.5, 12.5, 0.02, -0.01, 0.002, 0.001, 0.01, 0.005, 0.002, 0.001),
    "SIMPLE_RADIAL_FISHEYE": (38, 15.5, 12.5, 0.02),
    "RADIAL_FISHEYE": (38, 15.5, 12.5, 0.02, -0.01),
    "OPENCV_FISHEYE": (38, 39, 15.5, 12.5, 0.02, -0.01, 0.002, 0.001),
}


@pytest.mark.parametrize("model", CAMERAS)
def test_a_point_is_seen_where_colmap_sees_it(tmp_path: Path, model: str) -> None:
    kind = "txt" if model == "OPENCV" else "bin"
    reconstruction = write_colmap(tmp_path, NAMES, kind=kind, model=model, parameters=CAMERAS[model])
    shot = read_shot(tmp_path)
    assert [frame.name for frame in shot.frames] == NAMES
    camera = reconstruction.cameras[1]
    images = sorted(reconstruction.images.values(), key=lambda image: image.name)
    for frame, image in zip(shot.frames, images, strict=True):
        expected = camera.img_from_cam(image.cam_from_world() * POINT)
        np.testing.assert_allclose(pixel_read(frame), expected, atol=1e-6)
    assert (shot.frames[0].camera.lens.model is LensModel.NONE) == ("PINHOLE" in model)


def test_names_are_the_clock_and_points_the_depths(tmp_path: Path) -> None:
    write_colmap(tmp_path, NAMES)
    found = examine(tmp_path)
    assert found.shot is not None and found.kind == "COLMAP model"
    assert [frame.shot_frame for frame in found.shot.frames] == [3, 4, 5, 7, 8, 9]
    depths = [-(np.linalg.inv(pose) @ (*POINT, 1.0))[2] for pose in eyes()]
    assert (found.shot.near, found.shot.far) == pytest.approx((0.8 * min(depths), 1.25 * max(depths)))
    told = [note.what for note in found.notes]
    assert "it states no times; the numbers in its pictures' names are taken for shot frames" in told
    assert "it states no up and no unit of length; its world is used as it stands" in told


@pytest.mark.parametrize("place", ["sparse", "sparse/0", "colmap/sparse/0", "."])
def test_every_place_of_a_model(tmp_path: Path, place: str) -> None:
    names = ["left/0000.png", "left/0001.png", "left/0002.png", "right/0000.png", "right/0001.png", "right/0002.png"]
    write_colmap(tmp_path / "shot", names, place=place if place != "." else "model")
    if place == ".":
        shutil.copytree(tmp_path / "shot/model", tmp_path / "shot", dirs_exist_ok=True)
    found = examine(tmp_path / "shot")
    assert found.shot is not None
    assert [(frame.stream, frame.shot_frame) for frame in found.shot.frames] == [
        (s, t) for s in (0, 1) for t in range(3)
    ]
    assert any("2 cameras" in note.what for note in found.notes)
    assert read_shot(found.source).frames == found.shot.frames, "the model's folder stands for itself"
    assert read_shot(found.source / "cameras.bin").frames == found.shot.frames


@pytest.mark.parametrize("kind", ["bin", "txt"])
def test_points_may_be_missing_and_masks_are_found(tmp_path: Path, kind: str) -> None:
    write_colmap(tmp_path, NAMES, kind=kind)
    (tmp_path / f"sparse/0/points3D.{kind}").unlink()
    shutil.copytree(tmp_path / "images", tmp_path / "masks")
    for path in (tmp_path / "masks").iterdir():
        path.rename(path.with_name(path.name + ".png"))
    shot = read_shot(tmp_path)
    assert (shot.near, shot.far) == (None, None)
    assert load_mask(shot.frames[2]) is not None


def _cut(name: str) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        path = folder / "sparse/0" / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])

    return cut


_DAMAGED = ["COLMAP cannot read its model FOLDER/sparse/0: a file there is cut short or damaged."]
BROKEN: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "points cut short": (_cut("points3D.bin"), _DAMAGED),
    "images cut short": (_cut("images.bin"), _DAMAGED),
    "garbage": (lambda folder: (folder / "sparse/0/images.bin").write_bytes(b"garbage" * 99), _DAMAGED),
    "no images file": (
        lambda folder: (folder / "sparse/0/images.bin").unlink(),
        ["The COLMAP model FOLDER/sparse/0 has no file images.bin."],
    ),
    "a picture is gone": (
        lambda folder: (folder / "images/frame_0005.png").unlink(),
        ["FOLDER/images/frame_0005.png, frame frame_0005.png: the file is missing"],
    ),
    "all pictures are gone": (
        lambda folder: shutil.rmtree(folder / "images"),
        [f"FOLDER/images/{name}, frame {name}: the file is missing" for name in NAMES],
    ),
    "another aspect": (
        lambda folder: picture(folder / "images/frame_0004.png", eyes()[0], 0.5, (20, 20)),
        [
            "FOLDER/images/frame_0004.png, frame frame_0004.png: the picture is 20x20, but the file says 32x24, which "
            "has another aspect"
        ],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(tmp_path: Path, case: str) -> None:
    write_colmap(tmp_path, NAMES)
    spoil, told = BROKEN[case]
    spoil(tmp_path)
    assert sentences(tmp_path, tmp_path) == told


def test_a_lens_that_nobody_knows_here(tmp_path: Path) -> None:
    write_colmap(tmp_path, NAMES, model="FOV", parameters=(38, 39, 16, 12, 0.9))
    problems = [problem.what for problem in examine(tmp_path).problems]
    assert problems[0].startswith(
        "its camera 1 has the model FOV, which is not known; known are SIMPLE_PINHOLE, PINHOLE"
    )


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_colmap(tmp_path, NAMES)
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(UserError, match="pycolmap, which is not installed") as caught:
        read_shot(tmp_path)
    assert caught.value.hint == f'Run: "{sys.executable}" -m pip install "pycolmap>=4.0"'
