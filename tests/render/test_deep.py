"""Deep pictures: put over each other, their samples are the plate, and they lie where the field is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from bake.contract.plate_layers import deep_file
from bake.field.model import Field
from bake.field.storage import load_field
from bake.render.deep import render_deep, write_deep
from bake.render.frame import render_frame
from tests.analytic_field import SOFT_RADIUS, make_soft_field
from tests.blender.fields import write_box_field
from tests.render.test_layers import moment, seen


@pytest.fixture
def soft(tmp_path: Path) -> Field:
    make_soft_field(tmp_path / "soft.stp")
    return load_field(tmp_path / "soft.stp", "cpu")


def read_deep(path: Path) -> dict[str, np.ndarray]:
    """(H, W) arrays of arrays, those without samples empty."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        assert file.header()["type"] == OpenEXR.deepscanline
        found = {name: channel.pixels for name, channel in file.channels().items()}
    none = np.zeros(0)
    return {
        name: np.array([[none if one is None else one for one in row] for row in pixels], dtype=object)
        for name, pixels in found.items()
    }


def flattened(deep: dict[str, np.ndarray], row: int, column: int) -> np.ndarray:
    """(4,) of one pixel, its samples put over each other."""
    alpha = deep["A"][row, column].astype(np.float64)
    through = np.append(1, np.cumprod(1 - alpha)[:-1])[: len(alpha)]
    return np.array([(through * deep[letter][row, column].astype(np.float64)).sum() for letter in "RGBA"])


def test_a_deep_picture_is_its_plate(soft: Field, tmp_path: Path) -> None:
    now = moment((2.0, -3.5, 1.0), 0.0)
    frame = seen(soft, now)
    path = deep_file(tmp_path / "plate.exr")
    write_deep(path, render_deep(soft, now, frame.rgba), {"shot": "soft"})
    deep = read_deep(path)
    distance = float(np.linalg.norm(now.camera.camera_to_world[:3, 3]))
    several = 0
    for row in range(0, 90, 3):
        for column in range(0, 120, 3):
            np.testing.assert_allclose(flattened(deep, row, column), frame.rgba[row, column], atol=3e-3)
            start, end = deep["Z"][row, column], deep["ZBack"][row, column]
            assert (start <= end).all() and (start[1:] >= end[:-1]).all()
            several += len(start) > 2
    assert several > 50
    middle = deep["Z"][45, 60]
    assert abs(middle.mean() - distance) < SOFT_RADIUS and np.ptp(middle) > SOFT_RADIUS
    assert deep["Z"][0, 0].size == 0


def test_colours_and_crop_of_a_deep_picture(tmp_path: Path) -> None:
    write_box_field(tmp_path / "box.stp")
    field = load_field(tmp_path / "box.stp", "cpu")
    now = replace(moment((3.0, -4.0, 2.0), 3.0), camera=moment((3.0, -4.0, 2.0), 3.0).camera.resized(40, 30))
    crop = ((-1.0, -1.0, -1.0), (0.2, 1.0, 1.0))
    frame = render_frame(field, now.camera, now.shot_frame, crop=crop, exposure=1.0)
    write_deep(tmp_path / "box.deep.exr", render_deep(field, now, frame.rgba, crop=crop), {})
    deep = read_deep(tmp_path / "box.deep.exr")
    found = np.array([[flattened(deep, row, column) for column in range(40)] for row in range(30)])
    assert frame.rgba[..., :3].std() > 0.05
    np.testing.assert_allclose(found, frame.rgba, atol=5e-3)
