"""Re-films in every time mode, and by each of the footage's cameras."""

from __future__ import annotations

from typing import Any

import bpy

_MODES: list[dict[str, Any]] = [
    {"mode": "follow", "scene_start": 5.0, "speed": 0.5},
    {"mode": "reverse", "scene_start": 5.0, "speed": 0.5},
    {"mode": "ping_pong", "speed": 0.7},
    {"mode": "bounce", "speed": 0.7},
    {"mode": "slow_mo", "speed": 0.5, "slow_from": 8.0, "slow_to": 15.0, "ramp": 2.0},
    {"mode": "ramp_then_freeze", "speed": 0.5, "slow_from": 8.0, "ramp": 6.0},
    {"mode": "keyed"},
    {"mode": "freeze", "freeze_at": 4.0},
]


def main(folder: str, field: str) -> dict[str, Any]:
    """For each mode rows of shot frame, and the camera's azimuth and distance around the field's origin."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 60
    scene.render.resolution_x, scene.render.resolution_y = 1920, 1080
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/refilm.blend")
    bpy.ops.spacetimepilot.add_field(filepath=field)
    thing = bpy.context.object
    for frame, value in ((1, 1.0), (30, 7.5), (50, 2.0)):
        thing.spacetimepilot.shot_time = value
        thing.keyframe_insert("spacetimepilot.shot_time", frame=frame)
    found: dict[str, Any] = {"modes": {}}
    for settings in _MODES:
        for name, value in settings.items():
            setattr(thing.spacetimepilot, name, value)
        thing.update_tag()
        found["modes"][settings["mode"]] = _filmed(scene, thing, {})
    found["third"] = _filmed(scene, thing, {"stream": 3})
    found["second"] = _filmed(scene, thing, {"stream": 2})
    thing.spacetimepilot.mode = "follow"
    thing.update_tag()
    found["second_shown"] = _filmed(scene, thing, {"stream": 2})
    found["whole"] = _filmed(scene, thing, {"timing": "WHOLE"})
    found["wrong"] = [_sentence({"stream": 4}), _sentence({}, (1.0, 1.0, -1.0)), _sentence({}, (1.0, 2.0, 1.0))]
    thing.spacetimepilot.mode, thing.spacetimepilot.freeze_at = "freeze", 2.0
    found["wrong"].append(_sentence({"stream": 3, "timing": "SHOWN"}))
    bpy.ops.spacetimepilot.add_footage_camera(take_resolution=True)
    found["size"] = [scene.render.resolution_x, scene.render.resolution_y]
    found["looked_through"] = [_taken(scene, {}), _taken(scene, {"look_through": True})]
    return found


def _filmed(scene: bpy.types.Scene, thing: bpy.types.Object, options: dict[str, Any]) -> dict[str, Any]:
    import math
    from importlib import import_module

    ours = "bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender"
    scene.camera = None
    bpy.ops.spacetimepilot.add_footage_camera(**options)
    camera = scene.camera
    rows = []
    for frame in range(1, 61):
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        shown = import_module(f"{ours}.field.field_object").shot_time_of(thing.evaluated_get(graph), frame)
        place = camera.evaluated_get(graph).matrix_world.translation
        rows.append([shown, math.degrees(math.atan2(place.y, place.x)), place.length])
    curve = import_module(f"{ours}.shot_time.keyframes").curve_of(camera, "location")
    return {"rows": rows, "name": camera.name, "interpolation": curve.keyframe_points[0].interpolation}


def _taken(scene: bpy.types.Scene, options: dict[str, Any]) -> bool:
    """Whether a scene that has a camera looks through the new one."""
    before = set(scene.objects)
    bpy.ops.spacetimepilot.add_footage_camera(**options)
    return scene.camera not in before


def _sentence(options: dict[str, Any], scale: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> str:
    bpy.context.object.scale = scale
    try:
        bpy.ops.spacetimepilot.add_footage_camera(**options)
    except RuntimeError as error:
        return str(error)
    finally:
        bpy.context.object.scale = (1.0, 1.0, 1.0)
    return ""
