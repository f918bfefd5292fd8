"""What the overlays consist of, as numbers: where lines and patches are, and in which colours."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import bpy
import numpy as np

_OURS = "bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender"


def main(field: str, leaping: str) -> dict[str, Any]:
    """Measures of the geometry for a field that was filmed on an arc at ten instants, and by a camera that stood."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    geometry = import_module(f"{_OURS}.overlays.geometry")
    bpy.ops.spacetimepilot.add_field(filepath=field)
    footage = import_module(f"{_OURS}.field.footage_looks").footage_of(bpy.context.object)
    cameras, header = footage.cameras, footage.header
    path = geometry.path_lines(cameras, header)
    frusta = geometry.frusta(cameras, header, geometry.few(cameras, header))
    dome = geometry.dome(footage.looks, header, 4.0)
    corners = dome.positions[dome.triangles]
    outwards = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    away = corners.mean(axis=1)
    verdicts = dome.colours[::6]
    directions = geometry.dome_directions()
    azimuths = np.degrees(np.arctan2(directions[:, 1], directions[:, 0]))
    near_horizon = np.abs(directions[:, 2]) < 0.05
    spans = np.linalg.norm(dome.positions.reshape(-1, 6, 3)[:, 0] - dome.positions.reshape(-1, 6, 3)[:, 3], axis=1)
    ring = geometry.ring(footage.looks, header, np.array([0.0, 1.0, 0.0]))
    bpy.ops.spacetimepilot.add_field(filepath=leaping)
    other = import_module(f"{_OURS}.field.footage_looks").footage_of(bpy.context.object)
    return {
        "path": [path.positions.tolist(), path.colours[[0, -1]].tolist()],
        "frusta": [len(frusta.positions), frusta.positions[0].tolist(), frusta.colours[0].tolist()],
        "nearest": [geometry.nearest(cameras, frame).tolist() for frame in (-5.0, 4.4, 8.6)],
        "radius": float(geometry.radius(header)),
        "outwards": bool((np.einsum("ni,ni->n", outwards, away) > 0).all()),
        "kinds": len(np.unique(verdicts, axis=0)),
        "at": {str(angle): _colour(verdicts, azimuths, near_horizon, angle) for angle in (0, 45, 90, 180)},
        "spans": {str(angle): float(spans[_at(azimuths, near_horizon, angle)]) for angle in (0, 45, 180)},
        "ring": [float(np.linalg.norm(ring, axis=1).mean()), ring.mean(axis=0).tolist()],
        "leaping": [
            len(geometry.path_lines(other.cameras, other.header).positions),
            len(geometry.few(other.cameras, other.header)),
        ],
    }


def _at(azimuths: np.ndarray, near: np.ndarray, angle: float) -> int:
    return int(np.argmin(np.abs((azimuths - angle + 180) % 360 - 180) + 1e6 * ~near))


def _colour(verdicts: np.ndarray, azimuths: np.ndarray, near: np.ndarray, angle: float) -> list[float]:
    return verdicts[_at(azimuths, near, angle)].round(2).tolist()
