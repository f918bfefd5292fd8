"""Films a capture with cameras of the scene: one by an image sequence, one by a clip with a distorted lens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix


def main(folder: str, capture: str, trouble: str) -> dict[str, Any]:
    """What check says of the footage, and where its description lies."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    scene = bpy.context.scene
    document = json.loads(Path(capture).read_text(encoding="utf-8"))
    render = scene.render
    render.resolution_x, render.resolution_y = document["w"] * 4, document["h"] * 4
    render.resolution_percentage = 50
    render.use_border, render.border_max_x = True, 0.5
    scene.unit_settings.scale_length = 0.5
    camera = _filming(document)
    first = str(Path(capture).parent / document["frames"][0]["file_path"])
    shot = scene.spacetimepilot
    shot.source = "SCENE"
    scene.camera = camera
    bpy.ops.spacetimepilot.add_stream()
    shot.streams[0].path, shot.streams[0].scene_start = first, 11
    clip = bpy.data.movieclips.load(first)
    clip.tracking.camera.focal_length_pixels = document["fl_x"]
    clip.tracking.camera.pixel_aspect = 1.25
    clip.tracking.camera.k1, clip.tracking.camera.k3 = -0.02, 0.003
    clip.tracking.camera.principal_point_pixels = (25.0, 16.0)
    bpy.ops.spacetimepilot.add_stream()
    second = shot.streams[1]
    second.camera, second.clip, second.scene_start, second.skip, second.count = camera, clip, 11, 1, 5
    _trouble(trouble, scene)
    scene.frame_set(3)
    try:
        bpy.ops.spacetimepilot.check_footage()
        said = bpy.context.window_manager.spacetimepilot.checked
    except RuntimeError as error:
        said = str(error)
    return {"said": said, "frame": scene.frame_current, "description": f"{folder}/shot.shot.json"}


def _filming(document: dict[str, Any]) -> bpy.types.Object:
    camera = bpy.data.objects.new("Filming", bpy.data.cameras.new("Filming"))
    bpy.context.scene.collection.objects.link(camera)
    camera.data.sensor_width = 36
    camera.data.lens = document["fl_x"] / document["w"] * 36
    camera.rotation_mode = "QUATERNION"
    for number, frame in enumerate(document["frames"]):
        camera.matrix_world = Matrix(frame["transform_matrix"])
        camera.keyframe_insert("location", frame=11 + number)
        camera.keyframe_insert("rotation_quaternion", frame=11 + number)
    return camera


def _trouble(kind: str, scene: bpy.types.Scene) -> None:
    streams = scene.spacetimepilot.streams
    if kind == "missing":
        streams[0].path = "//nothing.png"
        streams[1].camera = None
    elif kind == "shape":
        scene.render.resolution_y *= 2
    elif kind == "panoramic":
        scene.camera.data.type = "PANO"
