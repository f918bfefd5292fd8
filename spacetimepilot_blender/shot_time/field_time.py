"""The shot time of a field over the scene's frames."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.shot_curve import ShotCurve, mode_curve, sampled_curve
from ..field.field_object import refresh_fields, shot_time_of, time_mapping
from ..field.field_settings import SETTINGS_OF_MODE
from .frame_kept import frame_kept
from .keyframes import curves_of

Answer = TypeVar("Answer")


def curve_of_scene(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, thing: bpy.types.Object) -> ShotCurve:
    """Shot time of a field over the scene's frame range, in stretched scene frames, as F-curves are evaluated at.

    Where time settings are animated they are looked at frame by frame; the scene stays at the frame it is at.

    Raises
    ------
    UserError
        If the time settings make no sense.
    """
    if scene.frame_end < scene.frame_start:
        raise UserError(f"The scene {scene.name} ends before it starts.", "Mend its frame range.")
    step = stretch(scene)
    if is_animated(thing):
        frames = range(scene.frame_start, scene.frame_end + 1)
        return sampled_curve(scene.frame_start * step, step, list(shown_at(scene, layer, thing, frames).values()))
    try:
        return mode_curve(time_mapping(thing), scene.frame_start * step, scene.frame_end * step)
    except ValueError as error:
        raise UserError(f"{thing.name}: {error}.", "Check its time settings.") from error


def stretch(scene: bpy.types.Scene) -> float:
    """Stretched scene frames, as animation is evaluated at, per frame of the timeline."""
    return scene.render.frame_map_old / scene.render.frame_map_new


def is_animated(thing: bpy.types.Object) -> bool:
    """Whether what a field's time goes by changes over the timeline: keyed, driven, or in the NLA editor."""
    data = thing.animation_data
    if data is None:
        return False
    used = {f"spacetimepilot.{name}" for name in ("mode", *SETTINGS_OF_MODE[thing.spacetimepilot.mode])}
    animated = {curve.data_path for curve in [*curves_of(thing), *data.drivers]}
    return bool(used & animated) or any(track.strips for track in data.nla_tracks)


def shown_at(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, thing: bpy.types.Object, frames: Iterable[int]
) -> dict[int, float]:
    """Shot frame that a field shows at each scene frame, looked at one by one; the scene stays at the frame it is at.

    Raises
    ------
    UserError
        If the time settings make no sense.
    """
    return asked_at(scene, layer, thing, frames, shot_time_of)


def asked_at(
    scene: bpy.types.Scene,
    layer: bpy.types.ViewLayer,
    thing: bpy.types.Object,
    frames: Iterable[int],
    ask: Callable[[bpy.types.Object, float], Answer],
) -> dict[int, Answer]:
    """What `ask` says of an evaluated field at each scene frame, which it is told stretched; the scene stays."""
    found = {}
    refresh_fields(scene)
    with frame_kept(scene):
        for number in frames:
            scene.frame_set(number)
            found[number] = ask(thing.evaluated_get(layer.depsgraph), scene.frame_current_final)
    return found
