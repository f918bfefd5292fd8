"""Marks shot frames on the timeline, beside markers that somebody else has made."""

from __future__ import annotations

from typing import Any

import bpy


def main(folder: str, field: str) -> dict[str, Any]:
    """The markers after each step, as frame and name."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 40
    bpy.ops.spacetimepilot.add_field(filepath=field)
    thing = bpy.context.object
    thing.name = "Ball"
    settings = thing.spacetimepilot
    settings.scene_start, settings.speed = 3.0, 0.5
    scene.timeline_markers.new("shot 3", frame=2)
    scene.timeline_markers.new("cut", frame=9)
    seen = {}
    bpy.ops.spacetimepilot.add_shot_markers(every=3)
    seen["follow"] = _there(scene)
    settings.mode, settings.speed = "ping_pong", 1.0
    bpy.ops.spacetimepilot.add_shot_markers(every=9)
    seen["ping_pong"] = _there(scene)
    scene.timeline_markers[-1].name = "mine"
    _moved(scene, "shot 0").frame += 1
    bpy.ops.spacetimepilot.add_shot_markers(every=5)
    seen["touched"] = _there(scene)
    bpy.ops.object.select_all(action="DESELECT")
    twin = thing.copy()
    twin.name = "Twin"
    scene.collection.objects.link(twin)
    bpy.context.view_layer.objects.active = twin
    twin.spacetimepilot.mode, twin.spacetimepilot.freeze_at = "freeze", 5.0
    bpy.ops.spacetimepilot.add_shot_markers(every=5)
    seen["twin"] = _there(scene)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/markers.blend")
    bpy.ops.wm.open_mainfile(filepath=f"{folder}/markers.blend")
    scene = bpy.context.scene
    bpy.ops.spacetimepilot.remove_shot_markers()
    seen["removed"] = _there(scene)
    bpy.data.objects.remove(bpy.data.objects["Twin"])
    keyed = bpy.data.objects["Ball"].spacetimepilot
    keyed.mode = "keyed"
    for frame, value in ((1, 0.0), (11, 5.0), (21, 0.0)):
        keyed.shot_time = value
        bpy.data.objects["Ball"].keyframe_insert("spacetimepilot.shot_time", frame=frame)
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.spacetimepilot.add_shot_markers("EXEC_DEFAULT", True, every=5)
    seen["keyed"] = _there(bpy.context.scene)
    bpy.ops.ed.undo()
    seen["undone"] = _there(bpy.context.scene)
    return seen


def _moved(scene: bpy.types.Scene, name: str) -> bpy.types.TimelineMarker:
    return next(marker for marker in scene.timeline_markers if marker.name == name)


def _there(scene: bpy.types.Scene) -> list[Any]:
    return sorted([marker.frame, marker.name] for marker in scene.timeline_markers)
