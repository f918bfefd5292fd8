"""Pictures of a field whose truth is known: a box that is solid everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bake.contract.camera import Camera, Projection
from bake.contract.colour import srgb_to_linear
from bake.contract.errors import Cancelled
from bake.contract.messages import Quality
from bake.contract.plate import EMPTY_DEPTH
from bake.field.model import Field, FieldConfig
from bake.render.frame import render_frame

LOOKING_DOWN = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1)
CAMERA = Camera(40, 30, 40, 40, 20, 15, tuple(float(v) for v in LOOKING_DOWN))


@pytest.fixture(scope="module")
def solid() -> Field:
    """A box from -1 to 1, of the same density and colour everywhere: the decoder's last layers are constants."""
    field = Field(
        FieldConfig((-1, -1, -1), (1, 1, 1), False, 0, 9, 0.1, 50, log2_entries=8, planes=(4,), plane_times=(2,))
    )
    with torch.no_grad():
        for layer, value in ((field.decoder.geometry[2], 8.0), (field.decoder.colour[2], 0.0)):
            layer.weight.zero_()
            layer.bias.fill_(value)
    return field.eval().requires_grad_(False)


def test_colour_and_depth(solid: Field) -> None:
    seen = render_frame(solid, CAMERA, 3.5, quality=Quality.FINAL)
    assert seen.rgba.shape == (30, 40, 4) and seen.depth.shape == (30, 40)
    np.testing.assert_allclose(seen.rgba[15, 20], [*[float(srgb_to_linear(np.float32(0.5)))] * 3, 1], atol=1e-3)
    assert seen.depth[15, 20] == pytest.approx(4, abs=0.02) and seen.depth[15, 12] == pytest.approx(4, abs=0.02)
    assert (seen.rgba[0, 0] == 0).all() and seen.depth[0, 0] == np.float32(EMPTY_DEPTH)


def test_the_field_object_moves_scales_and_squeezes(solid: Field) -> None:
    place = np.diag([3.0, 1.0, 0.5, 1.0])
    place[:3, 3] = (0, 0, -2)
    seen = render_frame(solid, CAMERA, 0, field_to_scene=place, quality=Quality.FINAL)
    assert seen.depth[15, 20] == pytest.approx(6.5, abs=0.02)
    width = int((seen.rgba[15, :, 3] > 0.5).sum())
    assert width == pytest.approx(2 * 3 / 6.5 * 40, abs=1)


def test_orthographic_exposure_crop_and_clipping(solid: Field) -> None:
    camera = Camera(40, 30, 10, 10, 20, 15, CAMERA.matrix, Projection.ORTHOGRAPHIC)
    seen = render_frame(solid, camera, 0, exposure=1.0, quality=Quality.FINAL)
    assert int((seen.rgba[15, :, 3] > 0.5).sum()) == 20 and seen.depth[15, 15] == pytest.approx(4, abs=0.02)
    assert seen.rgba[15, 20, 0] == pytest.approx(2 * float(srgb_to_linear(np.float32(0.5))), abs=2e-3)
    half = render_frame(solid, camera, 0, crop=((-1, -1, -1), (0, 1, 1)), quality=Quality.FINAL)
    assert int((half.rgba[15, :, 3] > 0.5).sum()) == 10
    cut = render_frame(solid, Camera(**{**camera.__dict__, "near": 4.5}), 0, quality=Quality.FINAL)
    assert cut.depth[15, 20] == pytest.approx(4.5, abs=0.02)


def test_it_can_be_stopped(solid: Field) -> None:
    with pytest.raises(Cancelled):
        render_frame(solid, CAMERA, 0, should_stop=lambda: True)


def test_behind_an_opaque_field_lies_its_sky() -> None:
    sizes = {"log2_entries": 8, "planes": (4,), "plane_times": (2,), "occupancy_cells": 8}
    field = Field(FieldConfig((-1, -1, -1), (1, 1, 1), True, 0, 9, 0.1, 50, **sizes)).eval().requires_grad_(False)
    field.occupancy.density.zero_()
    seen = render_frame(field, CAMERA, 0)
    assert (seen.rgba[..., 3] == 1).all() and (seen.depth == np.float32(EMPTY_DEPTH)).all()
    assert field.sky is not None
    ahead = field.sky(torch.tensor([[0.0, 0.0, -1.0]]))[0]
    np.testing.assert_allclose(seen.rgba[15, 20, :3], srgb_to_linear(ahead.numpy()), atol=0.02)
    cut = render_frame(field, CAMERA, 0, crop=((-1, -1, -1), (1, 1, 1)))
    assert (cut.rgba == 0).all(), "outside the crop box nothing is shown"


def test_a_picture_is_the_same_to_the_last_bit_however_the_work_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(3)
    field = Field(FieldConfig((-1, -1, -1), (1, 1, 1), False, 0, 9, 0.1, 50)).eval().requires_grad_(False)
    for layer in (field.decoder.geometry[2], field.decoder.colour[2]):
        layer.weight.mul_(20)
    camera = CAMERA.resized(120, 90)
    one = render_frame(field, camera, 2.25)
    assert one.rgba[..., :3].std() > 0.01
    monkeypatch.setattr("bake.render.frame.cores", lambda: 5)
    other = render_frame(field, camera, 2.25, round_seconds=1e-9)
    assert one.rgba.tobytes() == other.rgba.tobytes() and one.depth.tobytes() == other.depth.tobytes()
