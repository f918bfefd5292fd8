"""What a viewport looks at: which fields it shows, through which camera, at which instants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import bpy
import numpy as np
from mathutils import Matrix

from ...bake.contract.camera import from_viewport
from ...bake.contract.errors import UserError
from ...bake.contract.messages import PictureRequest, PlateRequest, SurfelsRequest
from ..cameras.scene_camera import render_camera
from ..field.field_object import fields_of, shot_times_of
from ..field.field_request import plate_request
from ..shot_time.keyframes import curve_of
from ..stand_ins.switching import fade_of, stand_in_of
from .choosing import Wish, around
from .gaze import budget_of

_REACH = 48
"""Frames around the playhead that are got ready."""


@dataclass(frozen=True)
class Look:
    """A viewport at one moment. Two are equal if they show the same.

    view, projection : tuples of 16 floats
        World to camera, and camera to clip space, row by row.
    failures : what is wrong with fields that cannot be shown: name and sentence.
    """

    width: int
    height: int
    view: tuple[float, ...]
    projection: tuple[float, ...]
    scene_frame: float
    wishes: tuple[Wish, ...]
    failures: tuple[tuple[str, str], ...]


def look(context: bpy.types.Context) -> Look | None:
    """What the viewport that `context` is about looks at; None where it shows no field."""
    space, scene = context.space_data, context.scene
    if not isinstance(space, bpy.types.SpaceView3D) or space.shading.type == "WIREFRAME":
        return None
    shown = [thing for thing in fields_of(scene) if is_shown(thing, context.view_layer, space)]
    if not shown:
        return None
    depsgraph = context.evaluated_depsgraph_get()
    shown = [thing for thing in shown if not _stands_in(thing, context, depsgraph)]
    if not shown:
        return None
    region, seen = context.region, context.region_data
    camera = from_viewport(
        np.array(seen.window_matrix), np.array(seen.view_matrix), max(region.width, 1), max(region.height, 1)
    )
    wishes, failures = [], []
    for thing in shown:
        try:
            asked = plate_request(thing.evaluated_get(depsgraph), scene.frame_current_final, camera)
            if seen.view_perspective != "CAMERA":
                asked = as_seen_freely(asked, thing.spacetimepilot)
            picture = PictureRequest(**vars(asked))
            surfels = surfels_request(picture, picture.shot_frame)
            budget = budget_of(thing.spacetimepilot, region, camera, depsgraph)
            timely = None if budget is None else replace(picture, budget=budget)
            wishes.append(Wish(thing.name, picture, surfels, timely))
        except UserError as error:
            failures.append((thing.name, str(error)))
    return Look(
        region.width,
        region.height,
        _flat(seen.view_matrix),
        _flat(seen.window_matrix),
        scene.frame_current_final,
        tuple(wishes),
        tuple(failures),
    )


def is_shown(thing: bpy.types.Object, layer: bpy.types.ViewLayer, space: bpy.types.SpaceView3D) -> bool:
    """Whether a viewport is to show a field."""
    return bool(thing.spacetimepilot.in_viewport and thing.visible_get(view_layer=layer, viewport=space))


def _stands_in(thing: bpy.types.Object, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph) -> bool:
    """Whether a viewport has a field's stand-in in its place, as the scene's camera will."""
    scene = context.scene
    own = stand_in_of(scene.objects, thing)
    if own is None or not own.visible_get(view_layer=context.view_layer, viewport=context.space_data):
        return False
    try:
        return fade_of(thing.evaluated_get(depsgraph), render_camera(scene, depsgraph)) == 0
    except UserError:
        # Renders say what is wrong with the camera.
        return False


def as_seen_freely(asked: PlateRequest, settings: bpy.types.PropertyGroup) -> PlateRequest:
    """The same request for a view that no camera has: footage without a background of its own is cut to its bounds.

    Nobody has filmed from out there, so what such a field has beyond its bounds is a haze that would hide all else.
    """
    if asked.crop is not None or not settings.opaque:
        return asked
    return replace(asked, crop=(tuple(settings.box_low), tuple(settings.box_high)))


def surfels_request(picture: PictureRequest, shot_frame: float) -> SurfelsRequest:
    """The surfels of what a picture shows, at another instant; of the least fineness."""
    filmed = picture.exposure_of is not None and picture.exposure_of == picture.shot_frame
    return SurfelsRequest(
        id=0,
        field_file=picture.field_file,
        content_hash=picture.content_hash,
        shot_frame=round(shot_frame, 3),
        fineness=1,
        path="",
        exposure_of=shot_frame if filmed else picture.exposure_of,
    )


def surfels_around(wish: Wish, scene: bpy.types.Scene) -> list[SurfelsRequest]:
    """Surfels for the frames around the playhead, the next to be played first.

    Raises
    ------
    UserError
        If the field's time settings make no sense.
    """
    thing: bpy.types.Object | None = scene.objects.get(wish.field)
    if thing is None:
        return []
    first, last = frame_range(scene)
    frames = around(scene.frame_current, first, last, _REACH)
    instants = dict.fromkeys(map(shot_times_ahead(thing), frames))
    return [surfels_request(wish.picture, instant) for instant in instants]


def frame_range(scene: bpy.types.Scene) -> tuple[int, int]:
    """The first and last frame that playing shows."""
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return scene.frame_start, scene.frame_end


def shot_times_ahead(thing: bpy.types.Object) -> Callable[[float], float]:
    """What tells the shot frame that a field object will show at any scene frame, as far as its keys tell.

    It raises `UserError` if the time settings make no sense.
    """
    settings = thing.spacetimepilot
    curve = curve_of(thing, "spacetimepilot.shot_time") if settings.mode == "keyed" else None
    if curve is None:
        return shot_times_of(thing)
    first, last = settings.first_frame, settings.last_frame
    return lambda scene_frame: min(max(curve.evaluate(scene_frame), first), last)


def _flat(matrix: Matrix) -> tuple[float, ...]:
    return tuple(value for row in matrix for value in row)
