"""A field as a volume, timed, through a camera of its footage; and a picture of it among native objects."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix, Vector


def main(
    folder: str, field: str, camera: dict[str, Any], shot_frame: float, voxels: int, samples: int
) -> dict[str, Any]:
    """Seconds, bytes and pictures.

    Parameters
    ----------
    camera : matrix, width, height, and angle, the horizontal field of view.
    """
    scene = _prepare(folder, field, camera, shot_frame)
    thing = bpy.context.object
    settings = thing.spacetimepilot
    settings.volume_voxels = 8
    bpy.ops.spacetimepilot.make_volumes(start=1, end=1)
    settings.volume_voxels, settings.volume_to_camera = voxels, True
    began = time.monotonic()
    bpy.ops.spacetimepilot.make_volumes(start=1, end=1)
    made = time.monotonic() - began
    (shown,) = (child for child in thing.children if child.type == "VOLUME")
    size = Path(bpy.path.abspath(shown.data.filepath)).stat().st_size
    scene.cycles.samples = samples
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 1.0
    scene.render.filepath = f"{folder}/volume.exr"
    began = time.monotonic()
    bpy.ops.render.render(write_still=True)
    rendered = time.monotonic() - began
    settings.volume_to_camera = False
    _among_natives(scene, thing)
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = f"{folder}/natives.png"
    bpy.ops.render.render(write_still=True)
    return {"made": made, "bytes": size, "rendered": rendered, "volume": f"{folder}/volume.exr"}


def _prepare(folder: str, field: str, camera: dict[str, Any], shot_frame: float) -> bpy.types.Scene:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/bench.blend")
    scene = bpy.context.scene
    eye = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(eye)
    scene.camera, eye.matrix_world, eye.data.angle = eye, Matrix(camera["matrix"]), camera["angle"]
    render = scene.render
    render.engine, scene.cycles.device, scene.cycles.use_denoising = "CYCLES", "CPU", False
    render.resolution_x, render.resolution_y = camera["width"], camera["height"]
    render.film_transparent = True
    if bpy.app.version >= (5, 0, 0):
        render.image_settings.media_type = "IMAGE"
    render.image_settings.file_format, render.image_settings.color_depth = "OPEN_EXR", "32"
    render.image_settings.color_mode = "RGBA"
    bpy.ops.spacetimepilot.add_field(filepath=field)
    settings = bpy.context.object.spacetimepilot
    settings.mode, settings.freeze_at = "freeze", shot_frame
    return scene


def _among_natives(scene: bpy.types.Scene, thing: bpy.types.Object) -> None:
    """A floor under the field, a mirror ball beside it, a sun; the field itself by its plate."""
    low, high = Vector(thing.spacetimepilot.box_low), Vector(thing.spacetimepilot.box_high)
    middle, size = (low + high) / 2, (high - low).length
    across = scene.camera.matrix_world.to_3x3() @ Vector((1, 0, 0))
    back = (scene.camera.matrix_world.to_translation() - middle).normalized()
    place = middle + across * 0.2 * size - back * 0.12 * size
    place.z = low.z + 0.14 * size
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.14 * size, location=place, segments=64, ring_count=32)
    bpy.ops.object.shade_smooth()
    mirror = bpy.data.materials.new("Mirror")
    mirror.use_nodes = True
    inputs = mirror.node_tree.nodes["Principled BSDF"].inputs
    inputs["Metallic"].default_value, inputs["Roughness"].default_value = 1, 0.02
    bpy.context.object.data.materials.append(mirror)
    bpy.ops.mesh.primitive_plane_add(size=8 * size, location=(middle.x, middle.y, low.z))
    world = scene.world = bpy.data.worlds.new("World")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.05, 0.06, 0.08, 1)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.rotation_euler = 3, (0.5, -0.5, 0)
    scene.collection.objects.link(sun)
    scene.view_settings.view_transform = "Standard"
    scene.camera.matrix_world = Matrix.Translation(back * 0.2 * size) @ scene.camera.matrix_world
    scene.render.film_transparent = False
    bpy.context.view_layer.objects.active = thing
    bpy.ops.spacetimepilot.set_up_compositing()
