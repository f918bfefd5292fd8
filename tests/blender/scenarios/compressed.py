"""A field and its compressed file in one shot: a frame of each, then all that Blender makes of the compressed one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import plane, prepare

FRAME = 40
_CHANGES = {
    "field.merge": "exact",
    "field.layer_vector": True,
    "field.deep_plates": True,
    "field.volume_voxels": 32,
    "render.use_motion_blur": True,
}


def main(folder: str, full: str, small: str) -> dict[str, Any]:
    """Pictures of both, what the panels say of the compressed one, and the exit codes of a farm's folder."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.cameras.view_coverage import coverage_now
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.cli_command import run
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.volumes.volume_size import told_size

    scene = prepare(folder, full, "CYCLES", _CHANGES)
    thing = bpy.context.object
    card = plane("Card", 1.0, (0.0, 0.0, 0.0), (1.3, 0.2, 0.0), (0.1, 0.3, 0.8))
    bpy.context.view_layer.objects.active = thing
    scene.frame_start = scene.frame_end = FRAME
    scene.frame_set(FRAME)
    found: dict[str, Any] = {"pictures": [], "told": []}
    for file in (full, small):
        thing.spacetimepilot.file = file
        bpy.ops.spacetimepilot.reload_field()
        scene.render.filepath = f"{folder}/{Path(file).stem}"
        bpy.ops.render.render(write_still=True)
        found["pictures"].append(f"{folder}/{Path(file).stem}.exr")
        found["told"].append([coverage_now(thing, scene)[0], told_size(scene, thing)])
    found["compression"] = thing.spacetimepilot.compression
    card.hide_render = True
    bpy.ops.object.select_all(action="DESELECT")
    thing.select_set(True)
    bpy.ops.spacetimepilot.make_catcher(detail=24)
    bpy.ops.spacetimepilot.light_scene(width=32)
    bpy.ops.spacetimepilot.make_volumes(start=FRAME, end=FRAME)
    bpy.ops.spacetimepilot.make_stand_in()
    bpy.ops.wm.save_mainfile()
    found["codes"] = [int(run(words)) for words in (["prepare-farm"], ["verify"])]
    return found
