"""Where camera and field are when the scene has been set to some instant."""

from __future__ import annotations

import bpy

from ...bake.contract.instant import Instant
from ..cameras.scene_camera import render_camera
from ..field.field_object import capture_to_scene, shot_time_of


def instant_of(
    scene: bpy.types.Scene,
    depsgraph: bpy.types.Depsgraph,
    camera: bpy.types.Object | None,
    thing: bpy.types.Object,
) -> Instant:
    """How a field is seen through a camera at the instant that `depsgraph` is evaluated for.

    Raises
    ------
    UserError
        If the camera or the field's settings cannot be used there.
    """
    evaluated = thing.evaluated_get(depsgraph)
    return Instant(
        render_camera(scene, depsgraph, camera),
        tuple(float(value) for value in capture_to_scene(evaluated).ravel()),
        shot_time_of(evaluated, scene.frame_current_final),
    )
