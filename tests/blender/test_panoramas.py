"""Through panoramic cameras a field stands where Cycles sees native things at the same places, and as far away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
from scipy.ndimage import center_of_mass, label

from bake.contract.plate import EMPTY_DEPTH
from bake.render.plate_file import read_plate
from tests.analytic_field import LANDMARK_RADIUS, LANDMARKS, make_landmark_field
from tests.blender.harness import Blender
from tests.blender.test_frames import read_picture

CASES = {
    "whole": {"camera.type": "PANO", "camera.panorama_type": "EQUIRECTANGULAR"},
    "part": {
        "camera.longitude_min": -1.5,
        "camera.longitude_max": 1.2,
        "camera.latitude_min": -1.0,
        "camera.latitude_max": 1.1,
        "camera.shift_x": 0.04,
        "camera.shift_y": -0.05,
        "render.use_border": True,
        "render.use_crop_to_border": True,
        "render.border_min_x": 0.1,
        "render.border_max_y": 0.95,
    },
    "equidistant": {
        "camera.panorama_type": "FISHEYE_EQUIDISTANT",
        "camera.fisheye_fov": 2.6,
        "render.use_border": False,
        "camera.shift_x": 0.0,
    },
    "equisolid": {
        "camera.panorama_type": "FISHEYE_EQUISOLID",
        "camera.fisheye_lens": 9.0,
        "camera.sensor_fit": "VERTICAL",
        "camera.sensor_height": 22.0,
        "render.pixel_aspect_x": 1.2,
    },
}
"""Each changes what the one before has left."""


def test_landmarks_stand_where_cycles_sees_them(blender: Blender, tmp_path: Path) -> None:
    make_landmark_field(tmp_path / "marks.stp")
    words = (tmp_path, tmp_path / "marks.stp", LANDMARKS, LANDMARK_RADIUS, CASES)
    found = blender.run("panoramas", *words, timeout=400).values
    counted = []
    for name, paths in found.items():
        picture = read_picture(Path(paths["field"]))
        alpha = picture[..., 3]
        plate, balls = read_plate(Path(paths["plate"])), layers(Path(paths["balls"]))
        assert plate.depth.shape == alpha.shape == balls["Combined.A"].shape, name
        wanted = middles(balls["Combined.A"])
        seen = middles(alpha)
        for at in wanted:
            nearest = min(seen, key=lambda own: float(np.linalg.norm(own - at)))
            assert np.linalg.norm(nearest - at) < 0.5, (name, at, nearest)
            row, column = (int(part) for part in at)
            # The field's edges are soft, its balls a little larger.
            assert abs(plate.depth[row, column] - balls["Depth.Z"][row, column]) < 0.08, name
        counted.append(len(wanted))
        # What a fisheye does not see Cycles makes black and opaque.
        assert plate.depth[0, 0] == EMPTY_DEPTH and picture[0, 0, :3].max() < 1e-3
        assert abs(alpha[0, 0] - balls["Combined.A"][0, 0]) < 1e-3
    assert min(counted) >= 3 and max(counted) == len(LANDMARKS), counted


def middles(alpha: np.ndarray) -> list[np.ndarray]:
    """Centroids, row and column, of the pieces in a picture that its edge does not cut."""
    pieces, count = label(alpha > 0.05)
    edge = {*pieces[0], *pieces[-1], *pieces[:, 0], *pieces[:, -1]}
    whole = [number for number in range(1, count + 1) if number not in edge and (pieces == number).sum() > 8]
    return [np.array(center_of_mass(alpha, pieces, number)) + 0.5 for number in whole]


def layers(path: Path) -> dict[str, np.ndarray]:
    """Channels of the view layer, by the end of their names; some versions write a part for each pass."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {
            ".".join(name.split(".")[-2:]): np.array(channel.pixels, np.float32)
            for part in file.parts
            for name, channel in part.channels.items()
        }
