"""Turns time modes into keys, and asks what became of keys, copies and the user's work."""

from __future__ import annotations

from typing import Any

import bpy

_OURS = "bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender"


def main(folder: str, field: str, modes: list[dict[str, Any]]) -> dict[str, Any]:
    """For each mode the worst miss, in shot frames, of the keyed field against the mode, between frames too."""
    scene = _fresh(folder, field)
    rows = []
    for settings in modes:
        thing = bpy.context.object
        thing.animation_data_clear()
        for name, value in settings.items():
            setattr(thing.spacetimepilot, name, value)
        before = _shown(scene, thing)
        bpy.ops.spacetimepilot.make_time_keys()
        after = _shown(scene, thing)
        rows.append(
            {
                "miss": max(abs(a - b) for a, b in zip(after, before, strict=True)),
                "keys": len(_curve(thing).keyframe_points),
                "mode": thing.spacetimepilot.mode,
                "extrapolation": _curve(thing).extrapolation,
            }
        )
    return {"modes": rows, "animated": _animated(scene), "kept": _kept(), "copies": _copies(scene), "undo": _undo()}


def _fresh(folder: str, field: str) -> bpy.types.Scene:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 120
    scene.render.frame_map_old, scene.render.frame_map_new = 100, 200
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/time.blend")
    bpy.ops.spacetimepilot.add_field(filepath=field)
    return scene


def _animated(scene: bpy.types.Scene) -> float:
    """The miss where the settings of the mode are animated themselves."""
    thing = bpy.context.object
    thing.animation_data_clear()
    settings = thing.spacetimepilot
    settings.mode = "freeze"
    for frame, value in ((1, 0.0), (20, 9.0), (50, 3.0)):
        settings.freeze_at = value
        thing.keyframe_insert("spacetimepilot.freeze_at", frame=frame)
    before = _shown(scene, thing, 1.0)
    scene.frame_set(7)
    bpy.ops.spacetimepilot.make_time_keys()
    assert scene.frame_current == 7
    return max(abs(a - b) for a, b in zip(_shown(scene, thing, 1.0), before, strict=True))


def _kept() -> dict[str, Any]:
    """Keys that are there are only replaced when that was said."""
    thing = bpy.context.object
    thing.spacetimepilot.mode = "reverse"
    before = len(_curve(thing).keyframe_points)
    try:
        bpy.ops.spacetimepilot.make_time_keys()
        sentence = ""
    except RuntimeError as error:
        sentence = str(error)
    kept = len(_curve(thing).keyframe_points) == before and thing.spacetimepilot.mode == "reverse"
    bpy.ops.spacetimepilot.make_time_keys(replace=True)
    return {"sentence": sentence, "kept": kept, "after": len(_curve(thing).keyframe_points)}


def _copies(scene: bpy.types.Scene) -> list[str]:
    """A copy that shares the action keeps its keys and its time."""
    thing = bpy.context.object
    twin = thing.copy()
    scene.collection.objects.link(twin)
    if twin.animation_data.action != thing.animation_data.action:
        twin.animation_data.action = thing.animation_data.action
    before = _shown(scene, twin)
    thing.spacetimepilot.mode = "bounce"
    bpy.ops.spacetimepilot.make_time_keys(replace=True)
    same = _shown(scene, twin) == before
    other = _shown(scene, thing) != before
    bpy.data.objects.remove(twin)
    return [f"twin unchanged: {same}", f"field changed: {other}"]


def _undo() -> list[Any]:
    name = bpy.context.object.name
    bpy.context.object.animation_data_clear()
    bpy.context.object.spacetimepilot.mode = "bounce"
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.spacetimepilot.make_time_keys("EXEC_DEFAULT", True)
    there = [bpy.data.objects[name].spacetimepilot.mode, _curve(bpy.data.objects[name]) is not None]
    bpy.ops.ed.undo()
    thing = bpy.data.objects[name]
    return [*there, thing.spacetimepilot.mode, thing.animation_data is None or _curve(thing) is None]


def _shown(scene: bpy.types.Scene, thing: bpy.types.Object, step: float = 0.25) -> list[float]:
    """Shot frames that a field shows, from before the scene's range to beyond it."""
    from importlib import import_module

    shot_time_of = import_module(f"{_OURS}.field.field_object").shot_time_of
    shown = []
    thing.update_tag()
    for number in range(int(140 / step)):
        frame = -10 + number * step
        scene.frame_set(int(frame // 1), subframe=frame % 1)
        evaluated = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
        shown.append(shot_time_of(evaluated, scene.frame_current_final))
    return shown


def _curve(thing: bpy.types.Object) -> Any:
    from importlib import import_module

    return import_module(f"{_OURS}.shot_time.keyframes").curve_of(thing, "spacetimepilot.shot_time")
