"""What pictures and files say of their exposure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from bake.contract.colour import linear_to_srgb, srgb_to_linear
from bake.contract.errors import UserError
from bake.field.exposures import exposed
from bake.footage import read_shot
from bake.footage.exposure import LIGHT_WIDTH, light_of, lights_compared, stated_stops
from tests.footage.making import edited, make_capture


def test_a_stop_more_is_a_stop_more_in_every_channel() -> None:
    random = np.random.default_rng(0)
    light = random.uniform(0.02, 0.4, (4000, 3)).astype(np.float32)
    pictures = []
    for stops in (0, 1):
        colours = np.full((4000, 4), 255, dtype=np.uint8)
        colours[:, :3] = np.round(linear_to_srgb(light * np.float32(2**stops)) * 255)
        pictures.append(light_of(colours))
    assert pictures[0].shape == (LIGHT_WIDTH,) and pictures[0][:-3].sum() == pytest.approx(1)
    np.testing.assert_allclose(pictures[1][-3:] - pictures[0][-3:], 1, atol=0.02)
    np.testing.assert_array_equal(lights_compared([pictures[0]] * 3), 0)


def test_what_is_transparent_does_not_count() -> None:
    colours = np.array([[90, 90, 90, 255], [255, 0, 0, 0]], dtype=np.uint8)
    np.testing.assert_array_equal(light_of(colours), light_of(colours[:1]))
    assert (light_of(colours[1:]) == 0).all()


@pytest.mark.parametrize("stops", [-1.0, 0.7])
def test_a_mixture_is_exposed_as_its_parts_are(stops: float) -> None:
    encoded = torch.linspace(0.15, 0.7, 30).reshape(10, 3)
    shift = torch.full_like(encoded, stops)
    wanted = linear_to_srgb(srgb_to_linear(encoded.numpy()) * np.float32(2**stops))
    np.testing.assert_allclose(exposed(encoded, torch.ones(10, 1), shift).numpy(), wanted, atol=2e-3)
    share = torch.linspace(0, 1, 10)[:, None]
    torch.testing.assert_close(exposed(encoded * share, share, shift), share * exposed(encoded, torch.ones(1), shift))


def test_stated_exposures(tmp_path: Path) -> None:
    path = make_capture(tmp_path, count=6)
    assert (stated_stops(read_shot(path).frames) == 0).all()

    def state(document: dict[str, Any]) -> None:
        document |= {"f_number": 2.8, "iso": 400}
        for number, frame in enumerate(document["frames"]):
            frame["exposure_time"] = 0.01 * 2 ** (number % 3)

    frames = read_shot(edited(path, state)).frames
    np.testing.assert_allclose(stated_stops(frames), [-1, 0, 1, -1, 0, 1], atol=1e-5)
    read = read_shot(edited(path, lambda document: document["frames"][0].pop("exposure_time")))
    assert (stated_stops(read.frames) == 0).all(), "a shot of which a part is known is taken as unknown"
    with pytest.raises(UserError, match="exposure_time, f_number and iso must be positive numbers"):
        read_shot(edited(path, lambda document: document.update(iso=-400)))


def test_notes_in_picture_files(tmp_path: Path) -> None:
    path = make_capture(tmp_path, count=6)
    for number, picture in enumerate(sorted((tmp_path / "images").iterdir())):
        notes = Image.Exif()
        notes.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 0.5 ** (number % 2)
        notes.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 200
        Image.open(picture).convert("RGB").save(picture.with_suffix(".jpg"), exif=notes)
        picture.unlink()
    frames = read_shot(
        edited(path, lambda d: [f.update(file_path=f["file_path"].replace("png", "jpg")) for f in d["frames"]])
    ).frames
    np.testing.assert_allclose(stated_stops(frames), [0.5, -0.5] * 3, atol=1e-5)
