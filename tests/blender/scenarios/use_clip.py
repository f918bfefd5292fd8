"""Solves a clip of which all is known, and makes it footage of the shot in one click."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from mathutils import Matrix, Vector

WIDTH, HEIGHT = 96, 72
FRAMES = 12
START = 21
"""Scene frame of the clip's first picture."""


def main(folder: str, noise: float, first: int, last: int, act: str) -> dict[str, Any]:
    """What the shot holds and what was said; the clip is tracked from its frame `first` to `last`."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    scene = bpy.context.scene
    clip = _clip(folder)
    _track(clip, noise, first, last)
    if act != "unsolved":
        _in_editor(clip, bpy.ops.clip.solve_camera)
    if act == "driven":
        scene.active_clip = clip
        scene.camera.constraints.new("CAMERA_SOLVER").use_active_clip = True
    bpy.ops.ed.undo_push(message="Solved")
    before = _there()
    if act == "undone":
        # Without a window Blender crashes where it notes a step of undo while an area is overridden.
        said = str(bpy.ops.spacetimepilot.use_clip("EXEC_DEFAULT", True, clip=clip.name))
    else:
        said = _in_editor(clip, bpy.ops.spacetimepilot.use_clip)
    if act == "twice":
        said = _in_editor(clip, bpy.ops.spacetimepilot.use_clip)
    found = {"said": said, **_shot(folder)}
    after = _there()
    if act == "undone":
        bpy.ops.ed.undo()
    return {**found, "truth": [_flat(_pose(number)) for number in range(FRAMES)], "there": [before, after, _there()]}


def _clip(folder: str) -> bpy.types.MovieClip:
    picture = bpy.data.images.new("picture", WIDTH, HEIGHT)
    picture.file_format = "PNG"
    for number in range(FRAMES):
        picture.filepath_raw = f"{folder}/take_{number + 5:04d}.png"
        picture.save()
    clip = bpy.data.movieclips.load(f"{folder}/take_0005.png")
    clip.frame_start = START
    clip.tracking.camera.sensor_width, clip.tracking.camera.focal_length = 36, 30
    clip.tracking.camera.k1 = -0.02
    return clip


def _pose(number: int) -> Matrix:
    """Camera to world of the picture with that number, from 0."""
    angle = 0.06 * number
    eye = Vector((5 * math.sin(angle), -5 * math.cos(angle), 1 + 0.05 * number))
    return Matrix.Translation(eye) @ (-eye).to_track_quat("-Z", "Y").to_matrix().to_4x4()


def _track(clip: bpy.types.MovieClip, noise: float, first: int, last: int) -> None:
    """Thirty points of space, seen through the clip's lens without its slight distortion."""
    chance = random.Random(0)
    focal = clip.tracking.camera.focal_length_pixels
    for name in range(30):
        point = Vector([chance.uniform(-1, 1) for _ in range(3)])
        track = clip.tracking.tracks.new(name=str(name), frame=first)
        for frame in range(first, last + 1):
            seen = _pose(frame - 1).inverted() @ point
            x = focal * seen.x / -seen.z + WIDTH / 2 + chance.gauss(0, noise)
            y = focal * seen.y / -seen.z + HEIGHT / 2 + chance.gauss(0, noise)
            track.markers.insert_frame(frame, co=(x / WIDTH, y / HEIGHT))
    clip.tracking.objects.active.keyframe_a, clip.tracking.objects.active.keyframe_b = first, last


def _in_editor(clip: bpy.types.MovieClip, act: Callable[[], object]) -> str:
    """Do something in a Movie Clip editor that shows the clip."""
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "CLIP_EDITOR"
    area.spaces.active.clip = clip
    region = next(region for region in area.regions if region.type == "WINDOW")
    try:
        with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region):
            return str(act())
    except RuntimeError as error:
        return str(error)


def _shot(folder: str) -> dict[str, Any]:
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.footage.footage_export import export_shot

    scene = bpy.context.scene
    shot = scene.spacetimepilot
    found: dict[str, Any] = {"streams": [], "source": shot.source, "description": ""}
    for stream in shot.streams:
        found["streams"].append([stream.camera.name, stream.clip.name, stream.scene_start, stream.skip, stream.count])
    if shot.streams:
        path = Path(folder, "used.shot.json")
        export_shot(scene, bpy.context.view_layer, path)
        found["description"] = str(path)
    return found


def _there() -> list[Any]:
    """What a person would miss, or not want, if more than footage and camera came about."""
    scene = bpy.context.scene
    tree = scene.compositing_node_group if bpy.app.version >= (5, 0, 0) else scene.use_nodes
    return [
        sorted(thing.name for thing in scene.objects),
        len(bpy.data.scenes),
        bool(tree),
        len(scene.spacetimepilot.streams),
        scene.camera.name,
        scene.active_clip.name if scene.active_clip else "",
    ]


def _flat(matrix: Matrix) -> list[float]:
    return [value for row in matrix for value in row]
