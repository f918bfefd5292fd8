"""What the plates of a stretch of the timeline are, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.messages import PlateRequest
from ...bake.contract.shutter import Shutter
from ..field.field_object import refresh_fields
from ..shot_time.frame_kept import frame_kept
from .compositing import linked_fields, linked_layer
from .open_shutter import open_shutters
from .plates import is_exact, needed_plates
from .render_walk import walk


@dataclass(frozen=True)
class FramePlates:
    """By scene frame: the request for each field, none for a hidden one; or why there can be no plates."""

    requests: dict[int, dict[bpy.types.Object, PlateRequest]] = field(default_factory=dict)
    faults: dict[int, UserError] = field(default_factory=dict)


def each_once(requests: Mapping[int, Mapping[Any, PlateRequest]]) -> list[PlateRequest]:
    """Each plate of all frames once."""
    return list({one.path: one for row in requests.values() for one in row.values()}.values())


def frame_plates(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, frames: Iterable[int]) -> FramePlates:
    """Go through frames and collect; the scene stays at the frame it is at."""
    found, things, frames = FramePlates(), linked_fields(scene), list(frames)
    opened: dict[int, dict[bpy.types.Object, Shutter]] = {}

    def open_at(number: int) -> None:
        scene.frame_set(number)
        try:
            opened[number] = open_shutters(scene, layer, things)
        except UserError as error:
            found.faults[number] = error

    def collect(depsgraph: bpy.types.Depsgraph, engine: str) -> None:
        number = scene.frame_current
        if number in found.faults:
            return
        try:
            needed = needed_plates(scene, depsgraph, things, engine, opened.get(number))
        except UserError as error:
            found.faults[number] = error
            return
        found.requests.setdefault(number, {}).update(needed)

    refresh_fields(scene)
    exact = [thing for thing in things if is_exact(thing)]
    with frame_kept(scene):
        for number in frames:
            open_at(number)
            if not exact:
                collect(layer.depsgraph, scene.render.engine)
    if exact:
        walk(scene, {layer.name, *(linked_layer(scene, thing) for thing in exact)}, frames, collect)
    return found
