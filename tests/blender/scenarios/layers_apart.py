"""Renders the vectors of fields that viewports do not show, or show elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from layers import FRAME, move
from render_frames import prepare


def main(folder: str, field: str, how: str) -> None:
    """Renders once behind a cut, and again where it is hidden or driven, which ends the process."""
    scene = prepare(folder, field, "CYCLES", {})
    thing = bpy.context.object
    move(thing)
    thing.spacetimepilot.layer_vector = True
    scene.frame_set(FRAME)
    other = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
    scene.collection.objects.link(other)
    for frame, camera in ((0, scene.camera), (FRAME + 1, other)):
        scene.timeline_markers.new("Cut", frame=frame).camera = camera
    bpy.ops.render.render()
    group = next(group for group in bpy.data.node_groups if group.spacetimepilot.image)
    print(f"plate: {bpy.path.abspath(group.spacetimepilot.image.filepath)}", flush=True)
    if how == "hidden":
        thing.hide_set(True)
    else:
        bpy.context.preferences.filepaths.use_scripts_auto_execute = True
        curve = thing.driver_add("delta_rotation_euler", 1)
        curve.driver.expression = "1.0 if depsgraph.mode == 'RENDER' else 0.0"
    bpy.ops.render.render()
    print("rendered all the same")
