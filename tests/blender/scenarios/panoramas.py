"""Landmarks as a field and as native balls at the same places, through panoramic cameras of several kinds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy
from mathutils import Euler, Matrix

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import apply, prepare


def main(
    folder: str, field: str, places: list[list[float]], radius: float, cases: dict[str, dict[str, Any]]
) -> dict[str, dict[str, str]]:
    """By case: the picture of the field, its plate, and the render of the balls alone with its depth."""
    scene = prepare(folder, field, "CYCLES", {"render.resolution_x": 160, "render.resolution_y": 96})
    scene.cycles.samples = 8
    camera = scene.camera
    camera.animation_data_clear()
    camera.matrix_world = Matrix.Translation((0.6, -1.6, 0.5)) @ Euler((1.2, 0.2, 0.5)).to_matrix().to_4x4()
    thing = bpy.context.object
    group = next(group for group in bpy.data.node_groups if group.spacetimepilot.image)
    balls = [_ball(place, radius) for place in places]
    bpy.context.view_layer.objects.active = thing
    bpy.context.view_layer.use_pass_z = True
    found: dict[str, dict[str, str]] = {}
    for name, changes in cases.items():
        for path, value in changes.items():
            apply(scene, path, value)
        for ball in balls:
            ball.hide_render = True
        found[name] = {"field": _render(scene, folder, f"{name} field")}
        found[name]["plate"] = bpy.path.abspath(group.spacetimepilot.image.filepath)
        for ball in balls:
            ball.hide_render = False
        scene.render.use_compositing = False
        _use_format(scene, "OPEN_EXR_MULTILAYER", "MULTI_LAYER_IMAGE")
        found[name]["balls"] = _render(scene, folder, f"{name} balls")
        _use_format(scene, "OPEN_EXR", "IMAGE")
        scene.render.use_compositing = True
    return found


def _use_format(scene: bpy.types.Scene, kind: str, media: str) -> None:
    if bpy.app.version >= (5, 0, 0):
        scene.render.image_settings.media_type = media
    scene.render.image_settings.file_format = kind


def _render(scene: bpy.types.Scene, folder: str, name: str) -> str:
    scene.render.filepath = f"{folder}/{name}.exr"
    bpy.ops.render.render(write_still=True)
    return str(scene.render.filepath)


def _ball(place: list[float], radius: float) -> bpy.types.Object:
    bpy.ops.mesh.primitive_uv_sphere_add(radius=radius, location=place, segments=48, ring_count=24)
    return bpy.context.object
