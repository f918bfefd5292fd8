"""Where camera and fields are at the scene frames before and after, for the vectors of plates.

A render shows handlers one frame alone, so the others are looked up in the view layer's own evaluation of the scene,
the one that viewports show, which then goes back to where it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from ...bake.contract.camera import Camera
from ...bake.contract.errors import UserError
from ...bake.contract.instant import Instant
from ..shot_time.frame_kept import frame_kept
from .instants import instant_of

_SAME = 1e-4
"""By which what viewports and renders show may differ."""


def neighbours(
    scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, things: Sequence[bpy.types.Object]
) -> dict[bpy.types.Object, tuple[Instant, Instant]]:
    """By field: how it is seen a scene frame before and after the one that `depsgraph` is evaluated for.

    Raises
    ------
    UserError
        If camera or a field's settings cannot be used there, or viewports do not show where they are.
    """
    layer = scene.view_layers[depsgraph.view_layer.name]
    # Markers may cut to another camera there.
    camera = scene.camera
    wanted = {thing: instant_of(scene, depsgraph, camera, thing) for thing in things}
    frame, subframe = scene.frame_current, scene.frame_subframe
    for thing in things:
        if not thing.visible_get(view_layer=layer):
            # Blender leaves what nobody sees where it was.
            raise UserError(
                f"{thing.name} is hidden in viewports: how it moves, its Vector layer cannot tell.",
                "Show it (the eye and the monitor in the Outliner), or switch the layer off.",
            )
        # What scripts have set reaches evaluated copies only so.
        thing.update_tag()
    found = []
    with frame_kept(scene):
        for step in (-1, 1):
            scene.frame_set(frame + step, subframe=subframe)
            found.append({thing: instant_of(scene, layer.depsgraph, camera, thing) for thing in things})
    for thing in things:
        _check(wanted[thing], instant_of(scene, layer.depsgraph, camera, thing), thing, camera)
    return {thing: (found[0][thing], found[1][thing]) for thing in things}


def _check(wanted: Instant, found: Instant, thing: bpy.types.Object, camera: bpy.types.Object) -> None:
    what = ""
    if not (_same(found.field_to_scene, wanted.field_to_scene) and _same((found.shot_frame,), (wanted.shot_frame,))):
        what = thing.name
    elif not _same(_numbers(found.camera), _numbers(wanted.camera)):
        what = camera.name
    if what:
        raise UserError(
            f"{what} is elsewhere in viewports than in renders: how it moves, {thing.name}'s Vector layer cannot tell.",
            "Let its drivers, constraints and time settings say the same in both, or switch the layer off.",
        )


def _numbers(camera: Camera) -> tuple[float, ...]:
    return (camera.fx, camera.fy, camera.cx, camera.cy, *camera.matrix)


def _same(one: Sequence[float], other: Sequence[float]) -> bool:
    scale = 1 + np.abs(np.asarray(other)).max()
    return bool(np.abs(np.subtract(one, other)).max() <= _SAME * scale)
