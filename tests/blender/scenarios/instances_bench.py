"""Ten instances of a field, timed with stand-ins and without; and a camera that draws away from one of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

TOWARDS = Vector((0.5, -0.8, 0.35)).normalized()
PIXELS = 80.0


def main(folder: str, field: str, size: list[int], frames: int, samples: int) -> dict[str, Any]:
    """Seconds of each frame, by turns with stand-ins and without, how many plates a frame needs, and pictures of the
    camera that draws away."""
    scene, thing = _prepare(folder, field, size, samples)
    found = _instances(scene, thing, frames)
    found["away"] = _away(scene, thing)
    return found


def _instances(scene: bpy.types.Scene, thing: bpy.types.Object, frames: int) -> dict[str, Any]:
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.plates.plates import needed_plates

    extent = _extent(thing)
    things = [thing]
    for number in range(1, 10):
        other = thing.copy()
        scene.collection.objects.link(other)
        # Two stand near, the others far behind, at three different instants.
        back = 0.4 if number == 1 else 6.0 + 1.5 * number
        other.location = Vector(((number % 4 - 1.5) * extent * (0.6 if number == 1 else 1.6), back * extent, 0))
        other.spacetimepilot.scene_start = 1 - number % 3
        things.append(other)
    bpy.ops.spacetimepilot.set_up_compositing()
    camera = scene.camera
    camera.location = _middle(thing) + Vector((0, -2.6 * extent, 0.3 * extent))
    camera.rotation_euler = (_middle(thing) - camera.location).to_track_quat("-Z", "Y").to_euler()
    for other in things:
        other.select_set(True)
    scene.frame_end = frames
    began = time.monotonic()
    bpy.ops.spacetimepilot.make_stand_in()
    made = time.monotonic() - began
    own = [one for one in scene.objects if one.spacetimepilot_stand_in.field]
    seconds: dict[str, list[float]] = {"with": [], "without": []}
    plates = {}
    _render(scene, "warm")
    for frame in range(1, frames + 1):
        for way, hidden in (("with", False), ("without", True)):
            for one in own:
                one.hide_render = hidden
            scene.frame_set(frame)
            plates[way] = len(needed_plates(scene, bpy.context.evaluated_depsgraph_get()))
            _forget_plates()
            began = time.monotonic()
            _render(scene, f"{way}_{frame}")
            seconds[way].append(time.monotonic() - began)
    for other in things[1:]:
        bpy.data.objects.remove(other)
    for one in own:
        bpy.data.objects.remove(one)
    return {"made": made, "seconds": seconds, "plates": plates}


def _away(scene: bpy.types.Scene, thing: bpy.types.Object, count: int = 16) -> list[dict[str, Any]]:
    thing.spacetimepilot.mode = "freeze"
    bpy.context.view_layer.objects.active = thing
    scene.frame_set(1)
    scene.frame_end = 1
    bpy.ops.spacetimepilot.remove_compositing()
    bpy.ops.spacetimepilot.set_up_compositing()
    bpy.ops.spacetimepilot.make_stand_in()
    (own,) = (one for one in scene.objects if one.spacetimepilot_stand_in.field)
    scene.render.resolution_x = scene.render.resolution_y = 240
    focal = scene.camera.data.lens / scene.camera.data.sensor_width * 240
    found = []
    for number, closeness in enumerate(np.geomspace(1.7, 0.9, count)):
        distance = focal * _extent(thing) / (PIXELS * closeness)
        scene.camera.location = _middle(thing) + TOWARDS * distance
        scene.camera.rotation_euler = TOWARDS.to_track_quat("Z", "Y").to_euler()
        row: dict[str, Any] = {"pixels": PIXELS * closeness}
        for way, hidden in (("with", False), ("without", True)):
            own.hide_render = hidden
            row[way] = _render(scene, f"away_{way}_{number}")
        found.append(row)
    return found


def _prepare(folder: str, field: str, size: list[int], samples: int) -> tuple[bpy.types.Scene, bpy.types.Object]:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/bench.blend")
    scene = bpy.context.scene
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    render = scene.render
    render.engine, scene.cycles.device, scene.cycles.use_denoising = "CYCLES", "CPU", False
    scene.cycles.samples = samples
    render.resolution_x, render.resolution_y = size
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format, render.image_settings.color_depth = "OPEN_EXR", "32"
    render.image_settings.color_mode = "RGBA"
    world = scene.world = bpy.data.worlds.new("World")
    if not world.use_nodes:
        world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.25, 0.3, 0.35, 1)
    bpy.ops.spacetimepilot.add_field(filepath=field)
    thing = bpy.context.object
    bpy.ops.spacetimepilot.set_up_compositing()
    thing.spacetimepilot.stand_in_pixels = PIXELS
    return scene, thing


def _extent(thing: bpy.types.Object) -> float:
    return 2 * max(*thing.delta_scale)


def _middle(thing: bpy.types.Object) -> Vector:
    return Vector(thing.location) + Vector(thing.delta_location)


def _forget_plates() -> None:
    for plate in Path(bpy.path.abspath("//spacetimepilot_plates")).glob("*.exr"):
        plate.unlink()


def _render(scene: bpy.types.Scene, name: str) -> str:
    scene.render.filepath = f"{Path(bpy.data.filepath).parent}/{name}.exr"
    bpy.ops.render.render(write_still=True)
    return scene.render.filepath
