"""Whether a frame's volumes are there and show what they should, asked by each render."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.volume_file import volume_fault, volume_name
from ..field.field_object import fields_of
from .vdb_file import written_for
from .volume_object import volume_object, volume_of
from .volume_request import demand_plain_time, volume_request

_AGAIN = "Select the field and press Make Volumes."


def demand_volumes(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """Refuse a frame of which a volume is missing or shows something else: Blender would leave it out in silence.

    Raises
    ------
    UserError
        If one is.
    """
    for thing in fields_of(scene):
        shown = volume_object(thing)
        if shown is None or shown.evaluated_get(depsgraph).hide_render or not _is_traced(scene, thing):
            continue
        demand_plain_time(scene)
        fault = _fault(scene, depsgraph, thing, shown)
        if fault:
            raise UserError(f"The volume of {thing.name} {fault}.", _AGAIN)


def _is_traced(scene: bpy.types.Scene, thing: bpy.types.Object) -> bool:
    return str(scene.render.engine) == "CYCLES" or bool(thing.spacetimepilot.volume_to_camera)


def _fault(
    scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, thing: bpy.types.Object, shown: bpy.types.Object
) -> str:
    """What is wrong, as the end of a sentence."""
    volume = volume_of(shown)
    first = Path(bpy.path.abspath(volume.filepath, library=volume.library))
    path = first.with_name(f"{first.stem[:-4]}{scene.frame_current:04d}{first.suffix}")
    inside = volume.frame_start <= scene.frame_current < volume.frame_start + volume.frame_duration
    if not inside or not path.is_file():
        return "is missing"
    written = written_for(path)
    if written is None:
        return "is cut short or foreign"
    # How fast the shot goes cannot be asked at one instant.
    wanted = replace(volume_request(thing.evaluated_get(depsgraph), scene.frame_current_final), speed=written.speed)
    return volume_fault(path, volume_name(wanted))
