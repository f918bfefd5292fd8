"""The field stands where Blender's own camera sees it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull

from tests.blender.fields import write_box_field
from tests.blender.harness import Blender
from tests.blender.test_frames import read_picture

HALF = 0.6
BORDER = {
    "render.use_border": True,
    "render.border_min_x": 0.2,
    "render.border_max_x": 0.83,
    "render.border_min_y": 0.11,
    "render.border_max_y": 0.9,
}
CASES = {
    "plain": {},
    "wide sensor": {"camera.sensor_fit": "HORIZONTAL", "camera.sensor_width": 24.0, "camera.lens": 30.0},
    "high sensor": {"camera.sensor_fit": "VERTICAL", "camera.sensor_height": 20.0, "camera.lens": 30.0},
    "upright": {"render.resolution_x": 130, "render.resolution_y": 200},
    "shift": {"camera.shift_x": 0.07, "camera.shift_y": -0.05},
    "upright shift": {"render.resolution_x": 130, "render.resolution_y": 200, "camera.shift_y": 0.04},
    "wide pixels": {"render.pixel_aspect_x": 1.5, "camera.shift_x": 0.05},
    "high pixels": {"render.pixel_aspect_y": 1.4, "camera.shift_y": 0.05},
    "percentage": {"render.resolution_percentage": 77},
    "orthographic": {"camera.type": "ORTHO", "camera.ortho_scale": 3.0, "camera.shift_x": 0.03},
    "cropped": {**BORDER, "render.use_crop_to_border": True},
    "bordered": {**BORDER, "render.use_crop_to_border": False},
    "cropped shift": {
        **BORDER,
        "render.use_crop_to_border": True,
        "camera.shift_y": 0.03,
        "render.pixel_aspect_x": 1.2,
        "render.resolution_percentage": 90,
    },
}


def test_cameras_of_every_kind(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "box.stp"
    write_box_field(field, HALF)
    found = blender.run("camera_truth", tmp_path, field, CASES, timeout=300).values
    errors = {}
    for name, answer in found.items():
        picture = read_picture(Path(answer["picture"]))
        seen = picture[..., 3] > 0.5
        wanted = inside(np.array(answer["corners"]), *(int(v) for v in answer["size"]))
        if "render.use_border" in CASES[name]:
            columns, rows = border(*(int(v) for v in answer["size"]))
            wanted = wanted[rows, columns]
            if not CASES[name]["render.use_crop_to_border"]:
                seen = seen[rows, columns]
        assert seen.shape == wanted.shape, name
        assert wanted.sum() > 1000, name
        errors[name] = float(np.abs(centroid(seen) - centroid(wanted)).max())
    assert max(errors.values()) < 0.1, errors


def inside(corners: np.ndarray, width: int, height: int) -> np.ndarray:
    """(H, W) bool, row 0 on top: the pixels whose centres lie in the hull of corners given from the bottom left."""
    x, y = np.meshgrid(np.arange(width) + 0.5, height - (np.arange(height) + 0.5))
    planes = ConvexHull(corners).equations
    return np.all(planes[:, 0] * x[..., None] + planes[:, 1] * y[..., None] + planes[:, 2] <= 0, axis=-1)


def border(width: int, height: int) -> tuple[slice, slice]:
    """Columns and rows that Blender renders of a bordered picture."""
    x0, x1, y0, y1 = (
        int(np.float32(BORDER[f"render.border_{end}_{axis}"]) * np.float32(length))
        for axis, length in (("x", width), ("y", height))
        for end in ("min", "max")
    )
    return slice(x0, x1), slice(height - y1, height - y0)


def centroid(mask: np.ndarray) -> np.ndarray:
    return np.array([axis.mean() for axis in np.nonzero(mask)])
