"""Footage of the shot, stream by stream: which pictures a camera has filmed, and when on the scene's timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..paths import relative
from .footage_matching import camera_of
from .movie_clip import camera_clip, solve_of
from .numbered_files import number_in_name, sequence_name


def add_stream(scene: bpy.types.Scene, name: str, camera: bpy.types.Object | None) -> bpy.types.PropertyGroup:
    """Add footage to the shot, without pictures yet, and make it the active one."""
    settings = scene.spacetimepilot
    stream = settings.streams.add()
    stream.name, stream.camera = name, camera
    stream.scene_start = scene.frame_start
    settings.active_stream = len(settings.streams) - 1
    return stream


def show_clip(scene: bpy.types.Scene, stream: bpy.types.PropertyGroup, clip: bpy.types.MovieClip) -> None:
    """Let a stream show a clip, at the scene frames at which Blender shows it.

    Where the clip's own solve drives the camera, frames before the first and after the last solved one are left out:
    Blender lets the camera rest there.
    """
    stream.clip = clip
    take_colour_space(stream)
    stream.scene_start = clip.frame_start - clip.frame_offset
    stream.skip, stream.count = max(clip.frame_offset, 0), 0
    if stream.camera is not None and camera_clip(stream.camera, scene.active_clip) == clip:
        solve = solve_of(clip)
        if solve is not None:
            stream.skip = max(solve.first - 1 + clip.frame_offset, 0)
            stream.count = solve.last - solve.first + 1


def take_colour_space(stream: bpy.types.PropertyGroup) -> None:
    """Let a stream have the colour space that its clip is set to."""
    stream.colour_space = stream.clip.colorspace_settings.name


def show_file(stream: bpy.types.PropertyGroup, path: Path) -> None:
    """Let a stream show a video, or the image sequence that begins with a picture."""
    stream.clip, stream.path, stream.colour_space = None, relative(path), ""


def show_footage_of_camera(scene: bpy.types.Scene, stream: bpy.types.PropertyGroup) -> bool:
    """Find what a stream's camera has filmed: the clip that drives it, its background, or a clip named like it.

    Returns False where nothing is found.
    """
    camera = stream.camera
    clip = camera_clip(camera, scene.active_clip) or _background_clip(camera, scene.active_clip)
    if clip is not None:
        show_clip(scene, stream, clip)
        return True
    background = _background_image(camera)
    if background is not None:
        _show_background(stream, background)
        return True
    named = _clip_named_like(camera, scene)
    if named is not None:
        show_clip(scene, stream, named)
    return named is not None


def _clip_named_like(camera: bpy.types.Object, scene: bpy.types.Scene) -> bpy.types.MovieClip | None:
    """The one clip that is named after a camera and after no other of the scene."""
    cameras = [thing.name for thing in scene.objects if thing.type == "CAMERA"]
    found = [clip for clip in bpy.data.movieclips if camera_of(_name(clip), cameras) == camera.name]
    return found[0] if len(found) == 1 else None


def _name(clip: bpy.types.MovieClip) -> str:
    return sequence_name(Path(clip.name)) if clip.source == "SEQUENCE" else Path(clip.name).stem


def _backgrounds(camera: bpy.types.Object) -> list[bpy.types.CameraBackgroundImage]:
    data: Any = camera.data
    return [one for one in data.background_images if one.show_background_image]


def _background_clip(camera: bpy.types.Object, active: bpy.types.MovieClip | None) -> bpy.types.MovieClip | None:
    clips = [active if one.use_camera_clip else one.clip for one in _backgrounds(camera) if one.source == "MOVIE_CLIP"]
    return next((clip for clip in clips if clip is not None), None)


def _background_image(camera: bpy.types.Object) -> bpy.types.CameraBackgroundImage | None:
    return next(
        (
            one
            for one in _backgrounds(camera)
            if one.source == "IMAGE" and one.image is not None and one.image.source in ("MOVIE", "SEQUENCE")
        ),
        None,
    )


def _show_background(stream: bpy.types.PropertyGroup, background: bpy.types.CameraBackgroundImage) -> None:
    """Blender numbers a video's pictures from 1, those of a sequence by their names."""
    image, user = background.image, background.image_user
    stream.clip, stream.path = None, image.filepath
    stream.colour_space = image.colorspace_settings.name
    first = number_in_name(Path(image.filepath)) if image.source == "SEQUENCE" else 1
    shown_first = 1 + user.frame_offset
    stream.scene_start = user.frame_start + first - shown_first
    stream.skip, stream.count = max(shown_first - first, 0), user.frame_duration
