"""A field as a volume that the camera sees, in whatever working space Blender runs with."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare


def main(folder: str, field: str) -> dict[str, str]:
    """The picture."""
    scene = prepare(folder, field, "CYCLES", {"field.volume_voxels": 32, "field.volume_to_camera": True})
    scene.render.use_compositing = False
    scene.render.resolution_x, scene.render.resolution_y = 32, 24
    scene.cycles.samples, scene.cycles.use_denoising = 32, False
    scene.frame_set(3)
    bpy.ops.spacetimepilot.make_volumes(start=3, end=3)
    scene.render.filepath = f"{folder}/seen.exr"
    bpy.ops.render.render(write_still=True)
    return {"picture": scene.render.filepath}
