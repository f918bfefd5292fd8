"""What a render's shutter sees of camera and fields: where they are while it is open, as Blender animates them.

The scene is evaluated at fixed sub-frames, before a render as by Make Plates, so that a plate has one name whoever asks
for it. Blender's own calls at sub-frames would not do: which there are depends on engine and objects.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.instant import Instant
from ...bake.contract.shutter import Shutter
from ..cameras.scene_camera import render_camera
from ..field.field_object import refresh_fields
from ..shot_time.frame_kept import frame_kept
from .instants import instant_of

INSTANTS = 5
"""At which the scene is evaluated while the shutter is open; between them all moves evenly."""
_CURVE = 33
"""Places at which the shutter's curve is read."""
_OPENS = {"START": 0.0, "CENTER": -0.5, "END": -1.0}
"""When, counted from the frame in shutter times."""
SHARP_ENGINES = ("BLENDER_WORKBENCH",)
"""Engines that blur nothing."""


def open_shutters(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, things: Iterable[bpy.types.Object]
) -> dict[bpy.types.Object, Shutter]:
    """The shutter of the render at the present frame, by field; none where neither camera nor field nor shot moves.

    The scene goes through sub-frames and comes back.

    Raises
    ------
    UserError
        If the camera, a field's settings or the shutter cannot be matched.
    """
    render, camera, things = scene.render, scene.camera, list(things)
    engine: str = render.engine
    if not render.use_motion_blur or render.motion_blur_shutter <= 0 or engine in SHARP_ENGINES or not things:
        return {}
    if engine == "CYCLES" and scene.cycles.rolling_shutter_type != "NONE":
        raise UserError("A rolling shutter cannot be matched yet.", "Set Rolling Shutter to None under Motion Blur.")
    length = render.motion_blur_shutter
    opens = scene.frame_current + scene.frame_subframe + _OPENS[render.motion_blur_position] * length
    seen: dict[bpy.types.Object, list[Instant]] = {thing: [] for thing in things}
    refresh_fields(scene)
    with frame_kept(scene):
        for number in range(INSTANTS):
            at = opens + length * number / (INSTANTS - 1)
            scene.frame_set(math.floor(at), subframe=at - math.floor(at))
            _look(scene, layer, camera, seen)
    if _stands_still(camera, engine):
        own = render_camera(scene, layer.depsgraph, camera)
        seen = {thing: [replace(one, camera=own) for one in instants] for thing, instants in seen.items()}
    openness = _openness(render)
    return {
        thing: Shutter(tuple(instants), openness)
        for thing, instants in seen.items()
        if any(one != instants[0] for one in instants)
    }


def _look(
    scene: bpy.types.Scene,
    layer: bpy.types.ViewLayer,
    camera: bpy.types.Object | None,
    seen: dict[bpy.types.Object, list[Instant]],
) -> None:
    for thing in list(seen):
        try:
            seen[thing].append(instant_of(scene, layer.depsgraph, camera, thing))
        except UserError:
            if not thing.evaluated_get(layer.depsgraph).hide_render:
                raise
            # Nobody asks for it.
            del seen[thing]


def _stands_still(camera: bpy.types.Object | None, engine: str) -> bool:
    """Whether the camera's own motion is left out of the blur, as Cycles offers for each object."""
    return engine == "CYCLES" and camera is not None and not camera.cycles.use_motion_blur


def _openness(render: bpy.types.RenderSettings) -> tuple[float, ...]:
    curves = render.motion_blur_shutter_curve
    curves.initialize()
    openness = tuple(float(curves.evaluate(curves.curves[0], n / (_CURVE - 1))) for n in range(_CURVE))
    return () if min(openness) == max(openness) else openness
