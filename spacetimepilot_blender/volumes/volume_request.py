"""What volumes a stretch of the timeline needs, shot time resolved frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.messages import VolumeRequest
from ...bake.contract.volume_file import volume_name
from ..field.field_object import field_file, shot_time_of
from ..field.field_request import crop_of, exposure_frame
from ..shot_time.field_time import asked_at

FOLDER = "//spacetimepilot_volumes"


def volume_folder() -> Path:
    """Where the volumes of this .blend lie.

    Raises
    ------
    UserError
        If it has not been saved yet.
    """
    if not bpy.data.filepath:
        raise UserError("This .blend has not been saved yet.", "Save it first: volumes go beside it.")
    return Path(bpy.path.abspath(FOLDER))


def volume_requests(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, thing: bpy.types.Object, frames: Sequence[int]
) -> dict[int, VolumeRequest]:
    """By scene frame: the request for a field's volume. The scene stays at the frame it is at.

    Raises
    ------
    UserError
        If the field's settings make no sense, or the scene's time is stretched.
    """
    demand_plain_time(scene)
    folder = volume_folder()
    # What lies a frame before and behind says how fast the shot goes.
    around = sorted({near for own in frames for near in (own - 1, own, own + 1)})
    found = asked_at(scene, layer, thing, around, volume_request)
    speeds = {own: (found[own + 1].shot_frame - found[own - 1].shot_frame) / 2 for own in frames}
    return {own: _named(replace(found[own], speed=speeds[own]), folder) for own in frames}


def volume_request(thing: bpy.types.Object, scene_frame: float) -> VolumeRequest:
    """The request for an evaluated field object at a scene frame, as if the shot stood still; its path is left open.

    Raises
    ------
    UserError
        If the field's file or time settings make no sense.
    """
    settings = thing.spacetimepilot
    shot_frame = shot_time_of(thing, scene_frame)
    return VolumeRequest(
        id=0,
        field_file=str(field_file(thing.original)),
        content_hash=settings.content_hash,
        shot_frame=shot_frame,
        voxels=settings.volume_voxels,
        path="",
        crop=crop_of(settings),
        exposure=settings.exposure,
        exposure_of=exposure_frame(settings, shot_frame),
    )


def demand_plain_time(scene: bpy.types.Scene) -> None:
    """Refuse what a Volume's sequence cannot follow.

    Raises
    ------
    UserError
        If the scene's time is stretched.
    """
    render = scene.render
    if render.frame_map_old != render.frame_map_new:
        raise UserError(
            "Volumes cannot follow the scene's time stretching: their files are numbered by whole frames.",
            "Set Time Stretching to 100 and 100 in the output properties, and use the field's time instead.",
        )


def _named(request: VolumeRequest, folder: Path) -> VolumeRequest:
    return replace(request, path=str(folder / volume_name(request)))
