"""A movie clip that Blender has solved, and the camera that its solve drives."""

from __future__ import annotations

from dataclasses import dataclass

import bpy


@dataclass(frozen=True)
class Solve:
    """How a clip's camera was found. Frames are the clip's own, from 1."""

    error: float
    """Average distance between the tracks and what the solve says of them, pixels of the footage."""
    first: int
    last: int
    missing: int
    """Frames between the first and the last without a camera of their own."""


def solve_of(clip: bpy.types.MovieClip) -> Solve | None:
    """How a clip was solved; None where it was not."""
    known = next((thing.reconstruction for thing in clip.tracking.objects if thing.is_camera), None)
    if known is None or not known.is_valid or not len(known.cameras):
        return None
    frames = sorted(camera.frame for camera in known.cameras)
    return Solve(known.average_error, frames[0], frames[-1], frames[-1] - frames[0] + 1 - len(frames))


def camera_clip(camera: bpy.types.Object, active: bpy.types.MovieClip | None) -> bpy.types.MovieClip | None:
    """The clip whose solve drives a camera, None where none does; `active` is the scene's active clip."""
    for constraint in camera.constraints:
        if constraint.type == "CAMERA_SOLVER" and not constraint.mute:
            clip = active if constraint.use_active_clip else constraint.clip
            if clip is not None:
                return clip
    return None


def solved_camera(scene: bpy.types.Scene, clip: bpy.types.MovieClip) -> bpy.types.Object:
    """The scene's camera that a clip's solve drives; made where there is none, with the clip as its background."""
    for thing in scene.objects:
        if thing.type == "CAMERA" and camera_clip(thing, scene.active_clip) == clip:
            return thing
    data = bpy.data.cameras.new(f"{clip.name} Camera")
    camera = bpy.data.objects.new(data.name, data)
    scene.collection.objects.link(camera)
    _set_lens(data, clip)
    driven = camera.constraints.new("CAMERA_SOLVER")
    driven.use_active_clip, driven.clip = False, clip
    background = data.background_images.new()
    background.source, background.clip = "MOVIE_CLIP", clip
    data.show_background_images = True
    return camera


def _set_lens(data: bpy.types.Camera, clip: bpy.types.MovieClip) -> None:
    """The solved lens, for renders of the footage's shape; distortion is the clip's own business."""
    solved, (width, height) = clip.tracking.camera, clip.size
    x, y = solved.principal_point_pixels
    data.sensor_fit, data.sensor_width = "HORIZONTAL", solved.sensor_width
    data.lens = solved.focal_length_pixels * solved.sensor_width / width
    data.shift_x = (width / 2 - x) / width
    data.shift_y = (height / 2 - y) / solved.pixel_aspect / width
