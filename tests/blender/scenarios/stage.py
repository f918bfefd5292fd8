"""Composites native objects into a baked capture, seen by the capture's own test cameras."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix


def main(folder: str, field: str, cameras: str, insert: str) -> dict[str, Any]:
    """Pictures by frame: `both` composited, `native` the objects alone, `field` the plate alone."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/stage.blend")
    scene = bpy.context.scene
    document = json.loads(Path(cameras).read_text(encoding="utf-8"))
    objects = json.loads(Path(insert).read_text(encoding="utf-8"))
    _light(scene, objects)
    for one in objects["objects"]:
        _add(one, objects["roughness"])
    scene.render.engine, scene.cycles.samples, scene.cycles.device = "CYCLES", 32, "CPU"
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y = document["w"], document["h"]
    scene.view_settings.view_transform = "Standard"
    bpy.ops.spacetimepilot.add_field(filepath=field)
    thing = bpy.context.object
    thing.spacetimepilot.mode = "keyed"
    bpy.ops.spacetimepilot.set_up_compositing()
    _film(scene, document, thing)
    written = []
    for frame in range(len(document["frames"])):
        scene.frame_set(frame)
        row = {}
        for name, merge, composited, hidden in (
            ("both", "fast", True, False),
            ("exact", "exact", True, False),
            ("native", "fast", False, False),
            ("field", "fast", True, True),
        ):
            thing.spacetimepilot.merge = merge
            scene.render.use_compositing = composited
            for solid in scene.objects:
                solid.hide_render = solid.type == "MESH" and hidden
            scene.render.filepath = row[name] = f"{folder}/{name}_{frame:04d}.png"
            bpy.ops.render.render(write_still=True)
        written.append(row)
    return {"frames": written}


def _film(scene: bpy.types.Scene, document: dict[str, Any], thing: bpy.types.Object) -> None:
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.data.angle = document["camera_angle_x"]
    for frame, entry in enumerate(document["frames"]):
        camera.matrix_world = Matrix(entry["transform_matrix"])
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_euler", frame=frame)
        thing.spacetimepilot.shot_time = entry["shot_frame"]
        thing.keyframe_insert("spacetimepilot.shot_time", frame=frame)


def _light(scene: bpy.types.Scene, objects: dict[str, Any]) -> None:
    world = scene.world = bpy.data.worlds.new("World")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"].inputs
    background[0].default_value = (*objects["world"]["colour"], 1)
    background[1].default_value = objects["world"]["strength"]
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle = objects["sun"]["energy"], objects["sun"]["angle"]
    sun.rotation_euler = objects["sun"]["rotation_euler"]
    scene.collection.objects.link(sun)


def _add(one: dict[str, Any], roughness: float) -> None:
    if one["kind"] == "sphere":
        bpy.ops.mesh.primitive_uv_sphere_add(radius=one["size"], location=one["location"], segments=48, ring_count=24)
        bpy.ops.object.shade_smooth()
    else:
        bpy.ops.mesh.primitive_cube_add(size=one["size"], location=one["location"])
    surface = bpy.data.materials.new("Insert")
    surface.use_nodes = True
    inputs = surface.node_tree.nodes["Principled BSDF"].inputs
    inputs["Base Color"].default_value = (*one["linear_colour"], 1)
    inputs["Roughness"].default_value = roughness
    bpy.context.object.data.materials.append(surface)
