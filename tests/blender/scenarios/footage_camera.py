"""Adds the footage's camera to a field that was moved, turned and scaled."""

from __future__ import annotations

from typing import Any

import bpy


def main(folder: str, field: str) -> dict[str, Any]:
    """Where the camera is at each frame, as a plate's camera, and the field's placement."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.cameras.scene_camera import render_camera
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.field.field_object import capture_to_scene

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 48, 36
    bpy.ops.spacetimepilot.add_field(filepath=field)
    thing = bpy.context.object
    thing.location, thing.rotation_euler, thing.scale = (1.0, -2.0, 0.5), (0.2, 0.4, -0.7), (2.0, 2.0, 2.0)
    settings = thing.spacetimepilot
    settings.scene_start, settings.speed = 5.0, 0.5
    bpy.ops.spacetimepilot.add_footage_camera()
    seen = []
    for number in range(int(settings.last_frame - settings.first_frame) + 1):
        scene.frame_set(5 + 2 * number)
        seen.append(render_camera(scene, bpy.context.evaluated_depsgraph_get()).to_json())
    return {"cameras": seen, "place": capture_to_scene(thing).tolist(), "active": scene.camera.name}
