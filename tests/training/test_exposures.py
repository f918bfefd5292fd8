"""A camera that breathes: what it does to the light is found, and kept out of what was filmed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from bake.contract.camera import Camera
from bake.contract.colour import linear_to_srgb, srgb_to_linear
from bake.contract.errors import UserError
from bake.field.storage import load_field
from bake.footage import Shot, read_shot
from bake.render.frame import render_frame
from bake.training.bake import BakeSettings, bake_shot
from tests.footage.making import make_capture, orbit

COUNT = 12
STOPS = np.array([0.0, 0.8, 0.0, -0.8, 0.0, 0.8, -0.8, 0.0, 0.8, -0.8, 0.0, 0.0])
SETTINGS = BakeSettings(device="cpu", steps=250, seed=4, sensor=True)
CAMERA = Camera(48, 36, 57.6, 57.6, 24, 18, tuple(orbit(0, COUNT).ravel()))


@pytest.fixture(scope="module")
def breathing(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """The ball, as a camera films it whose exposure jumps; its white has not clipped."""
    folder = tmp_path_factory.mktemp("breathing")
    capture = make_capture(folder, count=COUNT, size=(48, 36))
    for path, stops in zip(sorted((folder / "images").iterdir()), STOPS, strict=True):
        picture = np.asarray(Image.open(path)).astype(np.float32) / 255
        picture[..., :3] = linear_to_srgb(srgb_to_linear(picture[..., :3]) * np.float32(0.4 * 2**stops))
        Image.fromarray((picture * 255 + 0.5).astype(np.uint8)).save(path)
    return read_shot(capture)


@pytest.fixture(scope="module", params=[False, True], ids=["alone", "histogram"])
def field_file(breathing: Shot, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    path = tmp_path_factory.mktemp("baked") / "ball.stp"
    bake_shot(breathing, path, replace(SETTINGS, histogram=request.param), lambda _: None, lambda: False)
    return path


def test_stops_are_found_and_the_median_is_neutral(field_file: Path) -> None:
    found = load_field(field_file, "cpu").exposures
    assert found is not None
    stops = found().numpy()
    np.testing.assert_allclose(np.median(stops, axis=0), 0, atol=1e-6)
    for channel in stops.T:
        assert np.corrcoef(channel, STOPS)[0, 1] > 0.95
        assert np.abs(channel - STOPS).mean() < 0.35


def test_neutral_is_steady_and_frames_keep_their_exposure(field_file: Path) -> None:
    field = load_field(field_file, "cpu")

    def light(**wanted: float) -> float:
        return float(render_frame(field, CAMERA, 5.0, **wanted).rgba[..., :3].sum())

    found = field.exposures
    assert found is not None
    assert light(exposure_of=1.0) / light() > 1.3 and light(exposure_of=3.0) / light() < 0.8
    np.testing.assert_array_equal(found.at(1.0), found()[1].numpy())
    np.testing.assert_allclose(found.at(1.5), (found()[1] + found()[2]).numpy() / 2, atol=1e-6)


def test_exposure_never_reaches_what_is_there(field_file: Path) -> None:
    field = load_field(field_file, "cpu")
    plain = render_frame(field, CAMERA, 5.0)
    assert field.exposures is not None
    field.exposures.rest += torch.randn_like(field.exposures.rest)
    other = render_frame(field, CAMERA, 5.0, exposure_of=1.0)
    np.testing.assert_array_equal(plain.rgba, render_frame(field, CAMERA, 5.0).rgba)
    np.testing.assert_array_equal(plain.rgba[..., 3], other.rgba[..., 3])
    np.testing.assert_array_equal(plain.depth, other.depth)


def test_without_sensor_conditioning_nobody_knows_how_frames_were_exposed(breathing: Shot, tmp_path: Path) -> None:
    settings = BakeSettings(device="cpu", steps=2, sensor=False)
    bake_shot(breathing, tmp_path / "ball.stp", settings, lambda _: None, lambda: False)
    field = load_field(tmp_path / "ball.stp", "cpu")
    assert render_frame(field, CAMERA, 5.0).rgba.shape == (36, 48, 4)
    with pytest.raises(UserError, match="how its footage was exposed"):
        render_frame(field, CAMERA, 5.0, exposure_of=1.0)
