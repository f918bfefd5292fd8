"""Renders a box field through cameras of many kinds, and says where Blender itself sees the box's corners."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector


def main(folder: str, field: str, cases: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """For each case the picture and the corners in pixels from the bottom left of the uncropped picture."""
    import sys

    sys.path.insert(0, str(Path(__file__).parent))
    from render_frames import apply, prepare

    answers = {}
    for name, changes in cases.items():
        scene = prepare(folder, field, "CYCLES", {})
        thing = bpy.context.object
        thing.location, thing.rotation_euler, thing.scale = (0.1, 0.3, 0.4), (0.3, 0.2, 0.5), (1.0, 1.2, 0.8)
        render = scene.render
        render.resolution_x, render.resolution_y = 200, 150
        thing.spacetimepilot.quality = "preview"
        for path, value in changes.items():
            apply(scene, path, value)
        scene.frame_set(3)
        render.filepath = f"{folder}/{name}.exr"
        bpy.ops.render.render(write_still=True)
        size = [int(edge * render.resolution_percentage / 100) for edge in (render.resolution_x, render.resolution_y)]
        projection = scene.camera.calc_matrix_camera(
            bpy.context.evaluated_depsgraph_get(),
            x=size[0],
            y=size[1],
            scale_x=render.pixel_aspect_x,
            scale_y=render.pixel_aspect_y,
        )
        seen = projection @ scene.camera.matrix_world.normalized().inverted() @ thing.matrix_world
        corners = []
        for corner in itertools.product((-1.0, 1.0), repeat=3):  # The Empty's cube is the box.
            x, y, _, w = seen @ Vector((*corner, 1.0))
            corners.append(((x / w + 1) / 2 * size[0], (y / w + 1) / 2 * size[1]))
        answers[name] = {"picture": render.filepath, "corners": corners, "size": size}
    return answers
