"""When a field is shown by its stand-in: asked for plates and viewports, and told to the stand-in's nodes.

Stand-ins follow by themselves, in Blender without the extension too: their geometry nodes know the active camera. What
is here comes to the same by `contract.stand_in`, so that plates fade as the stand-ins appear.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np

from ...bake.contract.camera import Camera, FloatArray, Projection
from ...bake.contract.errors import UserError
from ...bake.contract.stand_in import distance_to, fade_at, middle_and_size, size_in_picture
from ..field.field_object import capture_to_scene
from ..field.field_request import crop_of

LIMIT_NODE, BY_DISTANCE_NODE, RANGE_NODE, EXPOSURE_NODE = "Limit", "By Distance", "Fade Range", "Exposure"
"""Value nodes of a stand-in's geometry nodes."""
BY_SIZE, BY_DISTANCE = "size", "distance"
_SAME = 1e-4
"""Shares of a field that are too small to be seen."""


def stand_in_of(things: Iterable[bpy.types.Object], thing: bpy.types.Object) -> bpy.types.Object | None:
    """The stand-in of a field among objects, if it has one."""
    return next((other for other in stand_ins_of(things) if other.spacetimepilot_stand_in.field == thing), None)


def stand_ins_of(things: Iterable[bpy.types.Object]) -> list[bpy.types.Object]:
    """The stand-ins of all fields among objects, by name."""
    found = [thing for thing in things if thing.type == "MESH" and thing.spacetimepilot_stand_in.field]
    return sorted(found, key=lambda thing: thing.name)


def fades(
    scene: bpy.types.Scene,
    depsgraph: bpy.types.Depsgraph,
    camera: Camera,
    layers: dict[bpy.types.Object, str],
) -> dict[bpy.types.Object, float]:
    """How much of each field is there for a camera, from 0 to 1; the rest is shown by its stand-in.

    Parameters
    ----------
    depsgraph : Depsgraph
        Of a render.
    layers : dict of Object to str
        The fields that are asked for, and the view layer with whose render each is joined, "" for any.

    Raises
    ------
    UserError
        If there are stand-ins that do not know such a camera.
    """
    found = dict.fromkeys(layers, 1.0)
    for own in stand_ins_of(scene.objects):
        thing = own.spacetimepilot_stand_in.field
        if thing not in found or own.evaluated_get(depsgraph).hide_render:
            continue
        layer: Any = scene.view_layers.get(layers[thing]) or depsgraph.view_layer
        if own.name in layer.objects:
            found[thing] = fade_of(thing.evaluated_get(depsgraph), camera)
    return found


def fade_of(thing: bpy.types.Object, camera: Camera) -> float:
    """How much of an evaluated field that has a stand-in is there for a camera.

    Raises
    ------
    UserError
        If the camera is of another kind.
    """
    settings = thing.spacetimepilot
    fade = fade_at(_closeness(thing, camera), settings.stand_in_range)
    return 0.0 if fade < _SAME else 1.0 if fade > 1 - _SAME else round(fade, 4)


def pixels_of(thing: bpy.types.Object, camera: Camera) -> float:
    """Pixels that the longest edge of an evaluated field's box, or of its crop box, takes in a camera's picture."""
    middle, size = _middle_and_size(thing)
    return size_in_picture(camera, middle, size)


def distance_of(thing: bpy.types.Object, camera: Camera) -> float:
    """Scene units from a camera to the middle of an evaluated field's box, or of its crop box."""
    return distance_to(camera, _middle_and_size(thing)[0])


def pixels_at_limit(thing: bpy.types.Object, camera: Camera) -> float:
    """Pixels that an evaluated field takes where its stand-in begins to be seen."""
    settings = thing.spacetimepilot
    if settings.stand_in_by == BY_SIZE:
        return float(settings.stand_in_pixels * settings.stand_in_range)
    if camera.projection is Projection.ORTHOGRAPHIC:
        return pixels_of(thing, camera)
    size = _middle_and_size(thing)[1]
    return float(camera.fx * size / max(settings.stand_in_distance, 1e-9) * settings.stand_in_range)


def box_of(settings: Any) -> tuple[FloatArray, FloatArray]:
    """Corners of a field's crop box or, without one, of its box; capture space."""
    low, high = crop_of(settings) or (tuple(settings.box_low), tuple(settings.box_high))
    return np.minimum(low, high).astype(np.float64), np.maximum(low, high).astype(np.float64)


def looks_of(thing: bpy.types.Object) -> str:
    """What of a field's look is in the meshes of a stand-in, whatever the frame."""
    settings = thing.spacetimepilot
    exposed: Any = settings.exposure_of
    if exposed == "frame":
        exposed = round(settings.exposure_frame, 4)
    crop = crop_of(settings)
    rounded = crop and [[round(value, 6) for value in corner] for corner in crop]
    return json.dumps({"crop": rounded, "exposure_of": exposed})


def tell_switch(thing: bpy.types.Object) -> None:
    """Let a field's stand-in, if it has one, be seen by the settings that the field has now."""
    settings = thing.spacetimepilot
    by_distance = settings.stand_in_by == BY_DISTANCE
    limit = settings.stand_in_distance if by_distance else settings.stand_in_pixels
    for own in stand_ins_of(bpy.data.objects):
        if own.spacetimepilot_stand_in.field != thing:
            continue
        for name, value in (
            (LIMIT_NODE, limit),
            (BY_DISTANCE_NODE, float(by_distance)),
            (RANGE_NODE, settings.stand_in_range),
        ):
            nodes_of(own).nodes[name].outputs[0].default_value = value


def nodes_of(stand_in: bpy.types.Object) -> Any:
    """The geometry nodes of a stand-in."""
    return stand_in.modifiers[0].node_group


def _closeness(thing: bpy.types.Object, camera: Camera) -> float:
    if camera.projection.panoramic:
        raise UserError(
            f"{thing.name} has a stand-in, which is for perspective and orthographic cameras alone.",
            "Remove the stand-in, or hide it from renders.",
        )
    settings = thing.spacetimepilot
    middle, size = _middle_and_size(thing)
    if settings.stand_in_by == BY_DISTANCE:
        return float(settings.stand_in_distance) / max(distance_to(camera, middle), 1e-9)
    return size_in_picture(camera, middle, size) / float(settings.stand_in_pixels)


def _middle_and_size(thing: bpy.types.Object) -> tuple[FloatArray, float]:
    return middle_and_size(capture_to_scene(thing), *box_of(thing.spacetimepilot))
