"""Markers on the timeline at frames of a shot.

Markers carry nothing but a name and a frame, so the scene remembers which ones it was given: one that was moved,
renamed or bound to a camera since is the artist's, and stays.
"""

from __future__ import annotations

import bpy
import numpy as np
from bpy.props import CollectionProperty, IntProperty, StringProperty

from ...bake.contract.errors import UserError
from ...bake.contract.shot_curve import crossings
from ..field.field_object import fields_of
from .field_time import curve_of_scene, stretch

_MOST = 1000


class ShotMarker(bpy.types.PropertyGroup):
    """A marker that was put onto the timeline for a field."""

    field: StringProperty(name="Field")
    frame: IntProperty(name="Frame")


def place(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, thing: bpy.types.Object, every: int) -> int:
    """Put a marker wherever a field comes by each `every`th shot frame, in place of those it had.

    Returns
    -------
    int
        How many there are now.

    Raises
    ------
    UserError
        If the time settings make no sense, or there would be more markers than anyone could read.
    """
    settings = thing.spacetimepilot
    first = int(np.ceil(settings.first_frame / every))
    last = int(np.floor(settings.last_frame / every))
    found = crossings(curve_of_scene(scene, layer, thing), (every * number for number in range(first, last + 1)))
    step = stretch(scene)
    rows = sorted({(round(frame / step), round(shot)) for frame, shot in found})
    rows = [(frame, shot) for frame, shot in rows if scene.frame_start <= frame <= scene.frame_end]
    if len(rows) > _MOST:
        raise UserError(f"{thing.name} would get {len(rows)} markers.", "Mark fewer frames of the shot.")
    take_away(scene, thing)
    behind = f" ({thing.name})" if len(fields_of(scene)) > 1 else ""
    for frame, shot in rows:
        marker = scene.timeline_markers.new(f"shot {shot}{behind}", frame=frame)
        marker.select = False
        kept = scene.spacetimepilot_markers.add()
        kept.name, kept.frame, kept.field = marker.name, frame, thing.name
    return len(rows)


def take_away(scene: bpy.types.Scene, thing: bpy.types.Object) -> int:
    """Remove a field's markers, and those of fields that are gone; return how many."""
    there = {field.name for field in fields_of(scene)} - {thing.name}
    remembered = scene.spacetimepilot_markers
    removed = 0
    for number in reversed(range(len(remembered))):
        one = remembered[number]
        if one.field in there:
            continue
        marker = _marker(scene, one)
        if marker is not None:
            scene.timeline_markers.remove(marker)
            removed += 1
        remembered.remove(number)
    return removed


def has_markers(scene: bpy.types.Scene, thing: bpy.types.Object) -> bool:
    """Whether there is a marker of this field."""
    return any(one.field == thing.name and _marker(scene, one) is not None for one in scene.spacetimepilot_markers)


def _marker(scene: bpy.types.Scene, one: ShotMarker) -> bpy.types.TimelineMarker | None:
    for marker in scene.timeline_markers:
        if marker.frame == one.frame and marker.name == one.name and marker.camera is None:
            return marker
    return None


def register() -> None:
    """Let scenes remember their markers."""
    bpy.utils.register_class(ShotMarker)
    bpy.types.Scene.spacetimepilot_markers = CollectionProperty(type=ShotMarker)


def unregister() -> None:
    """Undo `register`."""
    del bpy.types.Scene.spacetimepilot_markers
    bpy.utils.unregister_class(ShotMarker)
