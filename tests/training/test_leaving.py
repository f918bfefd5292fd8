"""What new footage shows beyond the bounds of a field, told by silhouettes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bake.contract.camera import Camera
from bake.field.model import Field, FieldConfig
from bake.footage import Purpose, read_shot
from bake.footage.shot import Frame
from bake.training.leaving import share_beyond
from tests.footage.making import ball_picture, look_at, write

WIDTH, HEIGHT, FOCAL = 96, 72, 70.0
BALL = 0.8
"""Radius of the ball, which is filmed around the origin."""


def field_between(low: float, high: float, opaque: bool = False) -> Field:
    """Of a box along x; along the others the ball has room enough, but not to spare."""
    small = {"levels": 1, "log2_entries": 4, "planes": (2,), "plane_times": (2,), "occupancy_cells": 2}
    return Field(FieldConfig((low, -1.0, -1.0), (high, 1.0, 1.0), opaque, 0, 9, 0.1, 10, **small))  # type: ignore[arg-type]


def film(folder: Path, degrees: list[float], mask: bool = False) -> list[Frame]:
    """The ball at one instant, from a circle of cameras."""
    folder.mkdir()
    entries = []
    for number, angle in enumerate(np.radians(degrees)):
        pose = look_at((5 * np.cos(angle), 5 * np.sin(angle), 1.0))
        camera = Camera(WIDTH, HEIGHT, FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2, tuple(pose.ravel().tolist()))
        Image.fromarray(ball_picture(camera, 0.5)).save(folder / f"{number}.png")
        entry = {"file_path": f"{number}.png", "shot_frame": 0, "camera": number, "transform_matrix": pose.tolist()}
        if mask:
            Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint8)).save(folder / f"{number}_mask.png")
            entry["mask_path"] = f"{number}_mask.png"
        entries.append(entry)
    lens = {"w": WIDTH, "h": HEIGHT, "fl_x": FOCAL, "fl_y": FOCAL, "cx": WIDTH / 2, "cy": HEIGHT / 2}
    path = write(folder / "transforms.json", {"camera_model": "PINHOLE", "fps": 24, "frames": entries, **lens})
    return list(read_shot(path, Purpose.TRUTH).frames)


@pytest.mark.parametrize("degrees", [[90.0], [0.0, 90.0, 180.0, 270.0], [10.0, 100.0, 225.0]])
def test_all_within_and_all_beyond(tmp_path: Path, degrees: list[float]) -> None:
    frames = film(tmp_path / "ball", degrees)
    assert share_beyond(field_between(-0.9, 0.9), frames) == 0
    assert share_beyond(field_between(-3.0, 0.9), frames) == 0
    assert share_beyond(field_between(4.0, 6.0, opaque=True), frames) == 0, "an opaque world has no end"
    # A single camera sees through the near corner of the box at what lies beside it.
    assert share_beyond(field_between(1.6, 3.0), frames) == pytest.approx(1.0, abs=0.02)


def test_more_cameras_prove_more(tmp_path: Path) -> None:
    """A third of the ball is in the box, and seen along x all of it seems to be."""
    along, all_around = film(tmp_path / "one", [0.0]), film(tmp_path / "many", [0.0, 60.0, 120.0, 240.0, 300.0])
    box = field_between(0.3, 3.0)
    assert share_beyond(box, along) == 0 < 0.15 < share_beyond(box, all_around) < 0.7


def test_what_a_mask_hides_proves_nothing(tmp_path: Path) -> None:
    assert share_beyond(field_between(1.6, 3.0), film(tmp_path / "ball", [90.0], mask=True)) == 0
