"""What the scene's camera sees of a field that has a stand-in, or would have one, in words."""

from __future__ import annotations

import bpy
from bpy.utils.units import to_string

from ...bake.contract.errors import UserError
from ..cameras.scene_camera import render_camera
from .switching import BY_DISTANCE, distance_of, fade_of, pixels_of, stand_in_of


def told_now(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, thing: bpy.types.Object) -> str:
    """How large a field is in the picture now or, where that decides, how far away, and which of the two is seen; or
    why that cannot be said."""
    evaluated = thing.evaluated_get(depsgraph)
    try:
        camera = render_camera(scene, depsgraph)
        there = fade_of(evaluated, camera)
    except UserError as error:
        return str(error)
    if thing.spacetimepilot.stand_in_by == BY_DISTANCE:
        units = scene.unit_settings
        away = distance_of(evaluated, camera)
        size = f"{to_string(units.system, 'LENGTH', away, precision=3, compatible_unit=True).strip()} away now"
    else:
        size = f"{pixels_of(evaluated, camera):.0f} pixels now"
    if stand_in_of(scene.objects, thing) is None:
        return f"{size}: the stand-in would be seen" if there < 1 else f"{size}: the field would be seen alone"
    if 0 < there < 1:
        return f"{size}: the field by {there:.0%}, over its stand-in"
    return f"{size}: the field alone" if there else f"{size}: the stand-in alone"
