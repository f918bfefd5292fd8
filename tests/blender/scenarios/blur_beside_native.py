"""A field and a native ball that move alike and are as far out of focus: what Cycles blurs beside what a plate has."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import curves, plane, prepare

FRAME = 4


def main(folder: str, field: str, size: list[int], samples: int) -> dict[str, Any]:
    """Pictures by what blurs them: the field on the left, a native ball on the right."""
    scene = prepare(folder, field, "CYCLES", {"field.mode": "freeze", "field.freeze_at": 0.0})
    thing = bpy.context.object
    render, camera = scene.render, scene.camera
    render.resolution_x, render.resolution_y = size
    scene.cycles.samples, scene.cycles.use_denoising = samples, False
    camera.animation_data_clear()
    camera.location, camera.rotation_euler = (0, -9, 0), (np.pi / 2, 0, 0)
    thing.scale = (0.5, 0.5, 0.5)
    native = _ball()
    for one, side in ((thing, -1.8), (native, 1.8)):
        for frame, up in ((FRAME - 1, -0.6), (FRAME + 1, 0.6)):
            one.location = (side, 0, up)
            one.keyframe_insert("location", frame=frame)
        for curve in curves(one):
            for key in curve.keyframe_points:
                key.interpolation = "LINEAR"
    scene.frame_set(FRAME)
    written = {}
    for name, moves, focus in (("sharp", False, 0.0), ("motion", True, 0.0), ("lens", False, 4.0)):
        render.use_motion_blur, render.motion_blur_shutter = moves, 1.0
        camera.data.dof.use_dof = focus > 0
        camera.data.dof.focus_distance, camera.data.dof.aperture_fstop = focus or 9.0, 0.1
        camera.data.dof.aperture_blades, camera.data.dof.aperture_rotation = 3, 0.3
        camera.data.dof.aperture_ratio = 1.5
        render.filepath = written[name] = f"{folder}/{name}.exr"
        bpy.ops.render.render(write_still=True)
    return {"pictures": written}


def _ball() -> bpy.types.Object:
    """Of the field's size and one colour whatever the light."""
    colour = plane("Colour", 0.01, (0, 50, 0), (0, 0, 0), (0.6, 0.6, 0.6)).data.materials[0]
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.4, segments=64, ring_count=32)
    bpy.context.object.data.materials.append(colour)
    return bpy.context.object
