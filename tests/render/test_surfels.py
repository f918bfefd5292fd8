"""Surfels lie where the field stops light, with its colours, and where it is opaque its sky is with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from bake.contract.errors import Cancelled
from bake.field.model import Field, FieldConfig
from bake.field.space import from_unit_cube, to_unit_cube
from bake.field.storage import load_field
from bake.render.surfels import distil
from tests.analytic_field import BALL


@pytest.fixture(scope="module")
def ball(ball_field: Path) -> Field:
    return load_field(ball_field, "cpu")


def test_they_cover_a_sphere(ball: Field) -> None:
    found = {fineness: distil(ball, 3.0, fineness) for fineness in (1, 2)}
    for surfels in found.values():
        away = surfels.centres - np.array(BALL[0].centre)
        distance = np.linalg.norm(away, axis=1)
        edge = surfels.radii.max() / 0.65
        assert np.abs(distance - BALL[0].radius).max() < 2 * edge, "none is buried, none floats"
        np.testing.assert_allclose(surfels.colours.mean(axis=0), [204, 102, 51, 255], atol=4)
        looks = np.random.default_rng(0).normal(size=(300, 3))
        looks /= np.linalg.norm(looks, axis=1, keepdims=True)
        nearest = (looks @ (away / distance[:, None]).T).max(axis=1)
        assert np.arccos(nearest.min()) * BALL[0].radius < 2 * edge, "there is no hole"
        assert surfels.sky is None
    assert len(found[2].radii) > 3 * len(found[1].radii) and found[2].radii.max() < 0.6 * found[1].radii.max()


def test_they_can_be_stopped(ball: Field) -> None:
    with pytest.raises(Cancelled):
        distil(ball, 3.0, 2, should_stop=lambda: True)


def test_an_empty_field_has_none_and_an_opaque_one_a_sky() -> None:
    sizes = {"log2_entries": 8, "planes": (4,), "plane_times": (2,), "occupancy_cells": 8}
    field = Field(FieldConfig((-1, -1, -1), (1, 1, 1), True, 0, 9, 0.1, 50, **sizes)).requires_grad_(False)
    field.occupancy.density.zero_()
    surfels = distil(field, 2.0, 2, np.array([1.0, 0.0, -1.0]))
    assert surfels.centres.shape == (0, 3) and surfels.stops.tolist() == [1, 0, -1]
    assert field.sky is not None and surfels.sky is not None
    up = field.sky(torch.tensor([[0.0, 0.0, 1.0]])).numpy()[0] * 255
    ahead = field.sky(torch.tensor([[1.0, 0.0, 0.0]])).numpy()[0] * 255
    rows, columns = surfels.sky.shape[:2]
    np.testing.assert_allclose(surfels.sky[0, :, :3].mean(axis=0), up, atol=3)
    middle = surfels.sky[rows // 2 - 1 : rows // 2 + 1, columns // 2 - 1 : columns // 2 + 1, :3]
    np.testing.assert_allclose(middle.mean(axis=(0, 1)), ahead, atol=3)


def test_haze_beyond_the_bounds_hides_the_sky_as_it_does_in_the_picture() -> None:
    sizes = {"log2_entries": 8, "planes": (4,), "plane_times": (2,), "occupancy_cells": 8}
    field = Field(FieldConfig((-1, -1, -1), (1, 1, 1), True, 0, 9, 0.1, 50, **sizes)).requires_grad_(False)
    assert field.sky is not None
    field.sky.layers[-1].bias.fill_(20.0)
    field.decoder.geometry[2].bias[0] = 5.0
    field.occupancy.density.fill_(100.0)
    surfels = distil(field, 2.0, 1)
    assert surfels.sky is not None
    assert surfels.sky[..., :3].max() < 200, "a white sky that nobody sees from within"


@pytest.mark.parametrize("unbounded", [False, True])
def test_the_way_back_from_the_unit_cube(unbounded: bool) -> None:
    low, high = torch.tensor([-1.0, 0.0, 2.0]), torch.tensor([3.0, 1.0, 5.0])
    unit = torch.rand(200, 3, generator=torch.Generator().manual_seed(0)) * 0.98 + 0.01
    there, _ = to_unit_cube(from_unit_cube(unit, low, high, unbounded), low, high, unbounded)
    torch.testing.assert_close(there, unit, atol=1e-4, rtol=0)
