"""A solved movie clip as footage of the shot."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ...bake.contract.errors import UserError
from .footage_export import check_clip
from .footage_streams import add_stream, show_clip
from .movie_clip import solve_of, solved_camera

HIGH_ERROR = 1.0
"""Solve error, in pixels of the footage, from which on a bake of it gets soft."""


@dataclass(frozen=True)
class UsedClip:
    """What has become of a clip: the camera's name, how many frames are used, and how well they are solved."""

    camera: str
    count: int
    error: float
    missing: int


def use_clip(scene: bpy.types.Scene, clip: bpy.types.MovieClip) -> UsedClip:
    """Make a clip, with the camera that its solve drives, footage of the shot; if it is already, bring it up to date.

    Raises
    ------
    UserError
        If the clip is not solved, or its pictures or its lens cannot be used.
    """
    solve = solve_of(clip)
    if solve is None:
        raise UserError(
            f"The clip {clip.name} is not solved.", "Track it, and press Solve Camera Motion in the tab Solve first."
        )
    check_clip(clip)
    settings = scene.spacetimepilot
    camera = solved_camera(scene, clip)
    place = next((place for place, stream in enumerate(settings.streams) if stream.clip == clip), None)
    if place is None:
        stream = add_stream(scene, clip.name, camera)
    else:
        stream = settings.streams[place]
        settings.active_stream = place
    stream.camera = camera
    show_clip(scene, stream, clip)
    settings.source = "SCENE"
    return UsedClip(camera.name, stream.count, solve.error, solve.missing)


def solve_told(clip: bpy.types.MovieClip) -> tuple[str, bool]:
    """A sentence about a clip's solve, and whether it is good enough to bake."""
    solve = solve_of(clip)
    if solve is None:
        return "Not solved yet: track it and solve the camera's motion first.", False
    told = f"Solved: frames {solve.first} to {solve.last}, error {solve.error:.2f} px"
    if solve.error > HIGH_ERROR:
        return f"{told}. That is high: refine the solve, below {HIGH_ERROR:g} px bakes get sharp.", False
    return told, True
