"""Composites native objects into a baked capture, seen by the capture's own test cameras."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix

GROUND = ((-1.9, -1.5, -0.2), (1.9, 1.7, 0.12))
"""The middle of the stage's floor."""
PICTURES = {
    "both": ("fast", True, False),
    "exact": ("exact", True, False),
    "native": ("fast", False, False),
    "field": ("fast", True, True),
    "shadows": ("exact", True, False),
}
"""How each is merged, whether it is composited, and whether native objects are left out."""


def main(folder: str, field: str, cameras: str, insert: str, detail: int) -> dict[str, Any]:
    """Pictures by frame; those of shadows with captured surfaces of so many voxels along their longest edge."""
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
    frames = range(len(document["frames"]))
    rows: list[dict[str, str]] = [{} for _ in frames]
    for frame, name in itertools.product(frames, ("both", "exact", "native", "field")):
        _render(scene, thing, frame, name, rows[frame])
    bpy.context.view_layer.objects.active = thing
    # What catches shadows is the ground: a short bake paints the sky on sheets in the air, which would block the sun.
    settings = thing.spacetimepilot
    settings.crop_min, settings.crop_max = GROUND
    settings.use_crop = True
    bpy.ops.spacetimepilot.make_catcher(start=0, end=frames[-1], detail=detail)
    settings.use_crop = False
    for frame in frames:
        _render(scene, thing, frame, "shadows", rows[frame])
    return {"frames": rows}


def _render(scene: bpy.types.Scene, thing: bpy.types.Object, frame: int, name: str, row: dict[str, str]) -> None:
    merge, composited, hidden = PICTURES[name]
    thing.spacetimepilot.merge = merge
    scene.render.use_compositing = composited
    scene.frame_set(frame)
    for solid in scene.objects:
        if solid.name.startswith("Insert"):
            solid.hide_render = hidden
    scene.render.filepath = row[name] = f"{Path(bpy.data.filepath).parent}/{name}_{frame:04d}.png"
    bpy.ops.render.render(write_still=True)


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
    bpy.context.object.name = "Insert"
    surface = bpy.data.materials.new("Insert")
    surface.use_nodes = True
    inputs = surface.node_tree.nodes["Principled BSDF"].inputs
    inputs["Base Color"].default_value = (*one["linear_colour"], 1)
    inputs["Roughness"].default_value = roughness
    bpy.context.object.data.materials.append(surface)
