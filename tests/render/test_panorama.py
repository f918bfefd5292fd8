"""Panoramic cameras: where places land, what is out of sight, and what layers and blur make of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bake.contract.camera import Camera, Projection
from bake.contract.instant import Instant
from bake.contract.messages import PlateRequest, Quality
from bake.contract.plate import EMPTY_DEPTH
from bake.contract.plate_layers import Layer, PlateLayers
from bake.contract.shutter import Shutter
from bake.field.storage import load_field
from bake.render.blurring import render_blurred
from bake.render.frame import render_frame
from bake.render.layers import make_layers
from bake.render.metrics import psnr
from tests.analytic_field import LANDMARK_RADIUS, LANDMARKS, make_landmark_field

POSE = np.eye(4)
POSE[:3, :3] = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0]
POSE[:3, 3] = (0.5, -0.5, 0.3)
IDENTITY = tuple(float(value) for value in np.eye(4).ravel())


def camera(projection: Projection, widest: float = float("inf")) -> Camera:
    matrix = tuple(float(value) for value in POSE.ravel())
    across, up = (96 / (2 * np.pi), 48 / np.pi) if projection is Projection.EQUIRECTANGULAR else (30.0, 28.0)
    return Camera(96, 48, across, up, 48.0, 24.0, matrix, projection, widest=widest)


@pytest.mark.parametrize("projection", [projection for projection in Projection if projection.panoramic])
def test_places_and_rays_are_each_others_inverse(projection: Projection) -> None:
    own = camera(projection)
    y, x = (axis.ravel() + 0.5 for axis in np.mgrid[:48, :96])
    origins, directions = own.local_rays(x, y)
    seen = directions.any(axis=1)
    assert seen.mean() > 0.5 and not origins.any()
    places = (3 * directions[seen]) @ POSE[:3, :3].T + POSE[:3, 3]
    pixels, depth = own.project(places)
    # Beyond half a turn a fisheye shows things twice.
    once = np.hypot((x - 48) / 30, (y - 24) / 28)[seen] < 1.9
    np.testing.assert_allclose(pixels[once], np.stack([x, y], axis=1)[seen][once], atol=1e-6)
    np.testing.assert_allclose(depth, 3)
    again = Camera.from_json(replace(own, widest=1.2).to_json())
    assert again.widest == 1.2 and "widest" not in own.to_json() and Camera.from_json(own.to_json()) == own
    assert again.project(places)[1].min() < -2.9 or projection is Projection.EQUIRECTANGULAR


@pytest.mark.parametrize("projection", [Projection.EQUIRECTANGULAR, Projection.FISHEYE_EQUIDISTANT])
def test_blur_and_layers_of_a_panorama(tmp_path: Path, projection: Projection) -> None:
    make_landmark_field(tmp_path / "marks.stp")
    field, own = load_field(tmp_path / "marks.stp", "cpu"), camera(projection, 1.4)
    frame = render_frame(field, own, 0.0)
    seen = frame.rgba[..., 3] > 0.9
    assert seen.sum() > 30
    here = Instant(own, IDENTITY, 0.0)
    layers = make_layers(
        field, None, here, PlateLayers((Layer.POSITION, Layer.NORMAL)), frame.rgba, frame.depth, None, lambda: False
    )
    places, facing = (
        np.stack([layers.channels[f"{name}.{letter}"][seen] for letter in "XYZ"], -1) for name in ("Position", "Normal")
    )
    away = np.linalg.norm(places[:, None] - np.array(LANDMARKS), axis=2)
    assert np.abs(away.min(axis=1) - LANDMARK_RADIUS).mean() < 0.03
    outwards = places - np.array(LANDMARKS)[away.argmin(axis=1)]
    assert ((facing * outwards).sum(axis=1) / np.linalg.norm(outwards, axis=1)).mean() > 0.9
    np.testing.assert_allclose(np.linalg.norm(places - POSE[:3, 3], axis=1), frame.depth[seen], atol=1e-4)
    request = PlateRequest(1, "", "", own, IDENTITY, 0.0, Quality.STANDARD, "", shutter=Shutter((here,) * 5, ()))
    blurred = render_blurred(field, request)
    assert psnr(blurred.rgba, frame.rgba) > 50, "nothing moves"
    if projection is not Projection.EQUIRECTANGULAR:
        y, x = np.mgrid[:48, :96] + 0.5
        out = np.hypot((x - 48) / 30, (y - 24) / 28) > 1.4
        for one in (frame, blurred):
            assert not one.rgba[out].any() and (one.depth[out] == EMPTY_DEPTH).all()
