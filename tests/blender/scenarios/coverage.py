"""Asks how well moves around a field are known, with fields moved, copied, linked, broken and without cameras."""

from __future__ import annotations

import json
import math
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix

_OURS = "bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender"


def main(folder: str, field: str, bare: str) -> dict[str, Any]:
    """What is said at each step."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 90
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/coverage.blend")
    bpy.ops.spacetimepilot.add_field(filepath=field)
    thing = bpy.context.object
    thing.name = "Box"
    thing.location, thing.rotation_euler, thing.scale = (3.0, -1.0, 2.0), (0.0, 0.0, 1.0), (2.0, 2.0, 2.0)
    thing.spacetimepilot.mode = "freeze"
    found: dict[str, Any] = {"no camera": _now(thing), "poll": bpy.ops.spacetimepilot.check_move.poll()}
    _orbit(scene, thing)
    found["now"] = [_at(scene, thing, frame) for frame in (1, 21, 46)]
    found["behind"] = _behind(scene, thing)
    scene.frame_set(5)
    found["checked"] = _checked()
    assert scene.frame_current == 5
    found["outdated"] = _outdated(scene, thing)
    bpy.ops.spacetimepilot.go_to_frame(frame=17)
    found["jumped"] = scene.frame_current
    found["codes"] = [_command([]), _command(["--frames", "1", "10"]), _command(["--frames", "9", "2"])]
    found["two"] = _two(scene, thing)
    found["bare"] = _with_file(thing, bare)
    found["missing"] = _with_file(thing, f"{folder}/nowhere.stp")
    found["linked"] = _linked(folder)
    return found


def _orbit(scene: bpy.types.Scene, thing: bpy.types.Object) -> None:
    """A camera that looks at the moved field from 0.4 degrees on, one more each frame, in capture space."""
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    bpy.context.view_layer.update()
    place = Matrix(import_module(f"{_OURS}.field.field_object").capture_to_scene(thing).tolist())
    for frame in range(1, 91):
        angle = math.radians(frame - 0.6)
        eye = Matrix.Translation((5 * math.cos(angle), 5 * math.sin(angle), 0.0))
        camera.matrix_world = (
            place @ eye @ Matrix.Rotation(angle + math.pi / 2, 4, "Z") @ Matrix.Rotation(math.pi / 2, 4, "X")
        )
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_euler", frame=frame)


def _now(thing: bpy.types.Object) -> list[Any]:
    told, verdict = import_module(f"{_OURS}.cameras.view_coverage").coverage_now(thing, bpy.context.scene)
    return [told, verdict]


def _at(scene: bpy.types.Scene, thing: bpy.types.Object, frame: int) -> list[Any]:
    scene.frame_set(frame)
    return _now(thing)


def _behind(scene: bpy.types.Scene, thing: bpy.types.Object) -> list[Any]:
    camera = bpy.data.objects.new("Away", bpy.data.cameras.new("Away"))
    scene.collection.objects.link(camera)
    before, scene.camera = scene.camera, camera
    camera.matrix_world = before.matrix_world @ Matrix.Rotation(math.pi, 4, "Y")
    bpy.context.view_layer.update()
    told = _now(thing)
    scene.camera = before
    bpy.data.objects.remove(camera)
    return told


def _checked() -> dict[str, Any]:
    assert bpy.ops.spacetimepilot.check_move() == {"FINISHED"}
    kept = bpy.context.window_manager.spacetimepilot_move
    rows = [[row.field, row.verdict, row.first, row.last, row.text] for row in kept.stretches]
    return {"text": kept.text, "rows": rows}


def _outdated(scene: bpy.types.Scene, thing: bpy.types.Object) -> list[bool]:
    check = import_module(f"{_OURS}.cameras.move_check")
    kept = check.found_for(scene)
    scene.frame_set(60)
    before = check.is_outdated(kept, scene, thing)
    thing.rotation_euler.z += 0.5
    bpy.context.view_layer.update()
    after = check.is_outdated(kept, scene, thing)
    thing.rotation_euler.z -= 0.5
    bpy.context.view_layer.update()
    return [before, after]


def _command(words: list[str]) -> int:
    return int(import_module(f"{_OURS}.cli_command").run(["check-move", *words]))


def _two(scene: bpy.types.Scene, thing: bpy.types.Object) -> dict[str, Any]:
    """A copy at another instant, when the other camera filmed, and hidden in the second half."""
    twin = thing.copy()
    twin.name = "Twin"
    scene.collection.objects.link(twin)
    twin.spacetimepilot.freeze_at = 9.0
    for frame, hidden in ((1, False), (46, True)):
        twin.hide_render = hidden
        twin.keyframe_insert("hide_render", frame=frame)
    found = _checked()
    bpy.data.objects.remove(twin)
    return found


def _with_file(thing: bpy.types.Object, path: str) -> list[Any]:
    before, thing.spacetimepilot.file = thing.spacetimepilot.file, path
    try:
        bpy.ops.spacetimepilot.check_move()
        reported = ""
    except RuntimeError as error:
        reported = str(error)
    told = _now(thing)
    thing.spacetimepilot.file = before
    return [*told, reported]


def _linked(folder: str) -> list[Any]:
    """The field linked from a .blend in another folder, and an override of it that is given keys."""
    bpy.ops.wm.save_mainfile()
    elsewhere = Path(folder, "other")
    elsewhere.mkdir()
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(elsewhere / "main.blend"))
    libraries: Any = bpy.data.libraries
    with libraries.load(f"{folder}/coverage.blend", link=True) as (_, into):
        into.objects = ["Box", "Camera"]
    scene = bpy.context.scene
    for thing in into.objects:
        scene.collection.objects.link(thing)
    scene.camera = into.objects[1]
    scene.frame_set(21)
    linked = _now(into.objects[0])
    bpy.context.view_layer.objects.active = into.objects[0]
    keys = bpy.ops.spacetimepilot.make_time_keys.poll()
    own = into.objects[0].override_create(remap_local_usages=True)
    bpy.context.view_layer.objects.active = own
    own.spacetimepilot.show_coverage = True
    own.spacetimepilot.mode = "reverse"
    bpy.ops.spacetimepilot.make_time_keys()
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(elsewhere / "main.blend"))
    own = next(thing for thing in bpy.context.scene.objects if thing.type == "EMPTY")
    settings = own.spacetimepilot
    return [linked, keys, _now(own)[0], settings.mode, settings.show_coverage, json.dumps(settings.shot_time)]
