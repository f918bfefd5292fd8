"""Kinds of picture files, and what their alpha means."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pytest
from PIL import Image

from bake.contract.colour import linear_to_srgb
from bake.contract.errors import UserError
from bake.contract.shot_description import Alpha
from bake.footage import examine, read_shot
from bake.footage.pictures import inspect_picture, read_picture
from bake.footage.pixels import load_pixels
from tests.footage.making import edited, make_capture

RAMP = np.stack(np.meshgrid(np.arange(0, 256, 8), np.arange(0, 256, 16)), axis=-1).astype(np.uint8)
RGB = np.concatenate([RAMP, np.full((16, 32, 1), 77, dtype=np.uint8)], axis=2)


@pytest.mark.parametrize(("suffix", "tolerance"), [("png", 0), ("tif", 0), ("bmp", 0), ("webp", 0), ("jpg", 12)])
def test_colour_comes_as_stored(tmp_path: Path, suffix: str, tolerance: int) -> None:
    path = tmp_path / f"picture.{suffix}"
    Image.fromarray(RGB).save(path, **({"lossless": True} if suffix == "webp" else {"quality": 98}))
    info = inspect_picture(path)
    assert (info.width, info.height, info.alpha) == (32, 16, False)
    np.testing.assert_allclose(read_picture(path) * 255, RGB, atol=tolerance + 1e-3)


def test_deep_grey_and_palette_pictures(tmp_path: Path) -> None:
    deep = (RGB.astype(np.uint16) * 257) + 1
    cv2.imwrite(str(tmp_path / "deep.png"), deep[..., ::-1])
    np.testing.assert_allclose(read_picture(tmp_path / "deep.png") * 65535, deep, atol=0.01)
    Image.fromarray(RGB[..., 0]).save(tmp_path / "grey.png")
    np.testing.assert_allclose(read_picture(tmp_path / "grey.png")[..., 2] * 255, RGB[..., 0], atol=1e-3)
    palette = Image.fromarray(RGB).quantize(16)
    palette.save(tmp_path / "palette.png", transparency=3)
    assert inspect_picture(tmp_path / "palette.png").alpha
    np.testing.assert_array_equal(read_picture(tmp_path / "palette.png")[..., 3] == 0, np.asarray(palette) == 3)


def test_exr_is_encoded_and_made_straight(tmp_path: Path) -> None:
    rgba = np.zeros((4, 5, 4), dtype=np.float32)
    rgba[:] = (0.1, 0.2, 0.25, 0.5)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, {"RGBA": rgba}).write(str(tmp_path / "a.exr"))
    expected = [*linear_to_srgb(np.array([0.2, 0.4, 0.5], dtype=np.float32)), 0.5]
    np.testing.assert_allclose(read_picture(tmp_path / "a.exr")[2, 3], expected, atol=1e-5)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_cut_short(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    for read in (inspect_picture, read_picture):
        with pytest.raises(UserError, match=r"cut short|not a readable"):
            read(path)


def test_a_flipped_bit_in_a_png(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "a.png")
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[60] ^= 1
    (tmp_path / "a.png").write_bytes(bytes(data))
    with pytest.raises(UserError, match="checksum"):
        inspect_picture(tmp_path / "a.png")


def _rewrite(folder: Path, change: object) -> None:
    for path in (folder / "images").iterdir():
        pixels = np.asarray(Image.open(path), dtype=np.float64) / 255
        Image.fromarray((change(pixels) * 255).round().astype(np.uint8)).save(path)  # type: ignore[operator]


def _grey_rim(rgba: np.ndarray) -> np.ndarray:
    """A softer silhouette, so that there is a rim to judge by."""
    soft = rgba.copy()
    soft[..., 3] = cv2.GaussianBlur(rgba[..., 3], (0, 0), 2)
    return soft


def test_premultiplied_pictures_are_found_out(tmp_path: Path) -> None:
    path = make_capture(tmp_path, size=(64, 48))
    _rewrite(tmp_path, _grey_rim)
    straight = load_pixels(read_shot(path).frames[2])
    assert read_shot(path).frames[2].picture.alpha is Alpha.STRAIGHT

    _rewrite(tmp_path, lambda rgba: np.concatenate([rgba[..., :3] * rgba[..., 3:], rgba[..., 3:]], axis=2))
    found = examine(path)
    assert found.shot is not None and found.shot.frames[2].picture.alpha is Alpha.PREMULTIPLIED
    assert any("premultiplied" in note.what for note in found.notes)
    seen = straight[..., 3] > 0.2
    np.testing.assert_allclose(load_pixels(found.shot.frames[2])[seen], straight[seen], atol=0.02)

    edited(path, lambda document: document.update(alpha="straight"))
    assert read_shot(path).frames[2].picture.alpha is Alpha.STRAIGHT


def test_alpha_that_hides_nothing_is_opaque(tmp_path: Path) -> None:
    path = make_capture(tmp_path)
    _rewrite(tmp_path, lambda rgba: np.concatenate([rgba[..., :3], np.ones_like(rgba[..., 3:])], axis=2))
    assert not read_shot(path).has_alpha
