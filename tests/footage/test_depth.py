"""Depth maps and masks of what moves, in nerfstudio's layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import pytest
from PIL import Image

from bake.contract.errors import UserError
from bake.footage import read_shot
from bake.footage.depth import read_depth
from bake.footage.pixels import load_depth, load_moving
from bake.footage.shot import DepthMap
from tests.footage.making import SHARED, edited, make_capture
from tests.footage.producers import sentences

DEPTH = np.linspace(1.0, 3.0, 24 * 32, dtype=np.float32).reshape(24, 32)


def png(path: Path, depth: np.ndarray = DEPTH) -> None:
    cv2.imwrite(str(path), (depth * 1000).round().astype(np.uint16))


def exr(path: Path, depth: np.ndarray = DEPTH, channel: str = "ViewLayer.Depth.Z") -> None:
    OpenEXR.File({"type": OpenEXR.scanlineimage}, {channel: depth.astype(np.float32)}).write(str(path))


def npy(path: Path, depth: np.ndarray = DEPTH) -> None:
    np.save(path, depth)


WRITERS: dict[str, Callable[[Path], None]] = {"png": png, "exr": exr, "npy": npy}


def capture(folder: Path, suffix: str = "png", **header: Any) -> Path:
    """A nerfstudio capture with a depth map and a mask of what moves for every picture."""
    path = make_capture(folder, **header)
    (folder / "depth").mkdir()

    def change(document: dict) -> None:
        for index, frame in enumerate(document["frames"]):
            frame["depth_file_path"] = f"depth/{index:04d}.{suffix}"
            frame["motion_mask_path"] = f"depth/moving{index}.png"
            WRITERS[suffix](folder / frame["depth_file_path"])
            Image.fromarray((DEPTH > 2).astype(np.uint8) * 255).save(folder / frame["motion_mask_path"])

    return edited(path, change)


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_depth_that_was_written_is_read(tmp_path: Path, suffix: str) -> None:
    frame = read_shot(capture(tmp_path, suffix)).frames[2]
    read, moving = load_depth(frame), load_moving(frame)
    assert read is not None and moving is not None
    np.testing.assert_allclose(read, DEPTH, atol=6e-4 if suffix == "png" else 1e-6)
    np.testing.assert_array_equal(moving, DEPTH > 2)


@pytest.mark.parametrize(("suffix", "factor"), [("png", 1000.0), ("npy", 1.0)])
def test_the_unit_may_be_stated(tmp_path: Path, suffix: str, factor: float) -> None:
    read = load_depth(read_shot(capture(tmp_path, suffix, depth_unit_scale_factor=0.01)).frames[0])
    assert read is not None
    np.testing.assert_allclose(read, DEPTH * factor * 0.01, rtol=1e-3)


def test_what_is_not_known_is_not_a_number(tmp_path: Path) -> None:
    holes = DEPTH.copy()
    holes[0, :5] = (0.0, -1.0, np.nan, np.inf, 1e10)
    exr(tmp_path / "depth.exr", holes)
    read = read_depth(DepthMap(tmp_path / "depth.exr"))
    assert np.isnan(read[0, :5]).all() and np.isfinite(read).sum() == read.size - 5


def test_smaller_depth_maps_are_spread_without_mixing(tmp_path: Path) -> None:
    path = capture(tmp_path)
    coarse = np.where(np.arange(16) < 8, 1.0, 5.0) * np.ones((12, 1))
    png(tmp_path / "depth/0000.png", coarse)
    read = load_depth(read_shot(path).frames[0])
    assert read is not None and read.shape == (24, 32)
    np.testing.assert_allclose(read, np.where(np.arange(32) < 16, 1.0, 5.0) * np.ones((24, 1)))


def test_what_blender_renders() -> None:
    path = SHARED / "knight_random/test/0000.exr"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    read = read_depth(DepthMap(path))
    assert 3 < np.nanmin(read) < np.nanmax(read) < 6 and 0.3 < np.isnan(read).mean() < 0.99


BROKEN: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "gone": ("png", lambda path: path.unlink(), "the file is missing"),
    "gone as an array": ("npy", lambda path: path.unlink(), "the file is missing"),
    "cut short": ("png", lambda path: path.write_bytes(path.read_bytes()[:-40]), "the file is cut short"),
    "no array": ("npy", lambda path: path.write_bytes(b"none"), "it is not a readable array of numbers (.npy)"),
    "no OpenEXR": ("exr", lambda path: path.write_bytes(b"none"), "it is not a readable OpenEXR file"),
    "no picture": (
        "png",
        lambda path: path.write_bytes(b"none"),
        "it is not a readable depth map (16-bit PNG, TIFF, OpenEXR or .npy)",
    ),
    "8 bits": (
        "png",
        lambda path: Image.fromarray((DEPTH * 80).astype(np.uint8)).save(path),
        "it holds 8 bits a pixel, too few for depths; write a 16-bit PNG, an OpenEXR or a .npy file",
    ),
    "colours": (
        "exr",
        lambda path: exr(path, channel="Normal.X"),
        "it has no depth among its channels (X); depth is called Z, V, Y or R",
    ),
    "a vector": ("npy", lambda path: npy(path, DEPTH.ravel()), "it is no depth map: its values have the shape 768"),
    "words": (
        "npy",
        lambda path: np.save(path, np.full((24, 32), "far")),
        "its values are of the type <U3, not numbers",
    ),
    "nothing known": (
        "png",
        lambda path: png(path, 0 * DEPTH),
        "not one of its depths is known: all are 0, infinite or no numbers",
    ),
    "another shape": ("png", lambda path: png(path, DEPTH[:, :20]), "the depth map is 20x24, its picture 32x24"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken(tmp_path: Path, case: str) -> None:
    suffix, spoil, told = BROKEN[case]
    path = capture(tmp_path, suffix)
    broken = tmp_path / f"depth/0003.{suffix}"
    frame = read_shot(path).frames[3]
    spoil(broken)
    assert sentences(path, tmp_path) == [f"FOLDER/depth/0003.{suffix}, frame images/0003.png: {told}"]
    if case != "another shape":
        with pytest.raises(UserError, match=r"Cannot read the depths of frame images/0003\.png"):
            load_depth(frame)


def test_a_unit_of_0(tmp_path: Path) -> None:
    path = capture(tmp_path, depth_unit_scale_factor=0)
    told = "its depth_unit_scale_factor is 0; it must be a positive number"
    assert sentences(path, tmp_path)[1] == f"FOLDER/depth/0001.png, frame images/0001.png: {told}"


def test_a_mask_of_what_moves_is_gone(tmp_path: Path) -> None:
    path = capture(tmp_path)
    (tmp_path / "depth/moving3.png").unlink()
    assert sentences(path, tmp_path) == ["FOLDER/depth/moving3.png, frame images/0003.png: the file is missing"]
