"""Field and native geometry hide each other as solid things do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from bake.contract.camera import Camera
from tests.blender.harness import Blender
from tests.blender.test_frames import camera_at, read_picture

FIELD_COLOUR, NATIVE_COLOUR = (0.8, 0.4, 0.2), (0.1, 0.3, 0.9)
FIELD_CENTRE, NATIVE_CENTRE = np.array([0.3, 0.4, 0.4]), np.array([0.9, -0.1, 0.3])
FIELD_RADIUS, NATIVE_RADIUS = 1.0, 0.8
LIMIT = 2 / 255


@pytest.mark.parametrize(
    ("engine", "film_transparent"), [("CYCLES", True), ("CYCLES", False), ("EEVEE", True), ("EEVEE", False)]
)
def test_a_native_sphere_half_inside_a_field(
    blender: Blender, tmp_path: Path, ball_field: Path, engine: str, film_transparent: bool
) -> None:
    found = blender.run("occlusion", tmp_path, ball_field, engine, film_transparent, timeout=400).values
    seen, native = (read_picture(Path(found[name])) for name in ("both", "native"))
    camera = camera_at(5, (160, 120))
    near_field = distance(camera, FIELD_CENTRE, FIELD_RADIUS)
    near_native = distance(camera, NATIVE_CENTRE, NATIVE_RADIUS)
    field_wins = near_field < near_native
    both = np.isfinite(near_field) & np.isfinite(near_native)
    assert (both & field_wins).sum() > 200 and (both & ~field_wins).sum() > 200, "each hides a part of the other"
    truth = np.where(field_wins[..., None], np.append(linear(FIELD_COLOUR), 1.0), native)
    away = ~edges(field_wins, np.isfinite(near_field), np.isfinite(near_native))
    assert away.mean() > 0.6
    error = np.abs(encoded(seen) - encoded(truth))[away]
    assert error.mean() < LIMIT, error.mean()
    for part in (both & field_wins, both & ~field_wins, field_wins & ~both):
        assert np.abs(encoded(seen) - encoded(truth))[part & away].mean() < LIMIT


def distance(camera: Camera, centre: np.ndarray, radius: float) -> np.ndarray:
    """(H, W) planar depth at which rays through pixel centres meet a sphere; infinite where they do not."""
    pose = camera.camera_to_world
    y, x = np.mgrid[: camera.height, : camera.width] + 0.5
    local = np.stack([(x - camera.cx) / camera.fx, -(y - camera.cy) / camera.fy, -np.ones_like(x)], axis=-1)
    ray, away = local @ pose[:3, :3].T, pose[:3, 3] - centre
    a, b, c = (ray * ray).sum(-1), ray @ away, away @ away - radius * radius
    inside = b * b - a * c
    return np.where(inside > 0, (-b - np.sqrt(np.maximum(inside, 0))) / a, np.inf)


def edges(*masks: np.ndarray) -> np.ndarray:
    """Pixels within two of a border of one of the masks."""
    return np.any(
        [binary_dilation(mask, iterations=2) & binary_dilation(~mask, iterations=2) for mask in masks], axis=0
    )


def linear(colour: tuple[float, ...]) -> np.ndarray:
    """From sRGB's encoding to light."""
    value = np.asarray(colour)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def encoded(picture: np.ndarray) -> np.ndarray:
    """From light to sRGB's encoding, in which an error of one is a step of a screen."""
    value = np.clip(picture[..., :3], 0, 1)
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
