"""A field's time mode as keyframes of its Shot Time."""

from __future__ import annotations

from typing import Any

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.time_keys import Handle, TimeKey, TimeKeys, time_keys
from .field_time import curve_of_scene
from .keyframes import curve_of, is_driven, own_curve

PATH = "spacetimepilot.shot_time"
_MODE = "spacetimepilot.mode"


def keys_there(thing: bpy.types.Object) -> int:
    """How many keys Shot Time has."""
    curve = curve_of(thing, PATH)
    return len(curve.keyframe_points) if curve is not None else 0


def make_keys(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, thing: bpy.types.Object) -> int:
    """Replace the keys of a field's Shot Time by those that draw its present mode over the scene's frame range.

    The mode becomes Keyed.

    Returns
    -------
    int
        How many keys there are now.

    Raises
    ------
    UserError
        If the time settings make no sense, or something else decides Shot Time or the mode.
    """
    _check_free(thing)
    keys = time_keys(curve_of_scene(scene, layer, thing))
    settings = thing.spacetimepilot
    curve = own_curve(thing, PATH)
    _draw(curve, keys)
    settings.mode = "keyed"
    settings.shot_time = curve.evaluate(scene.frame_current_final)
    thing.update_tag(refresh={"TIME"})
    return len(keys.keys)


def _check_free(thing: bpy.types.Object) -> None:
    for path, name in ((PATH, "Shot Time"), (_MODE, "the time mode")):
        if is_driven(thing, path):
            raise UserError(f"A driver decides {name} of {thing.name}.", "Remove the driver first.")
    if curve_of(thing, _MODE) is not None:
        raise UserError(f"The time mode of {thing.name} is animated.", "Clear the keyframes of the mode first.")


def _draw(curve: bpy.types.FCurve, keys: TimeKeys) -> None:
    curve.mute = False
    curve.extrapolation = "LINEAR" if keys.goes_on else "CONSTANT"
    for modifier in list(curve.modifiers):
        curve.modifiers.remove(modifier)
    curve.keyframe_points.clear()
    curve.keyframe_points.add(len(keys.keys))
    for point, key in zip(curve.keyframe_points, keys.keys, strict=True):
        _set(point, key)
    if keys.repeats:
        cycles = curve.modifiers.new("CYCLES")
        cycles.mode_before, cycles.mode_after = "NONE", "REPEAT"
    curve.update()


def _set(point: bpy.types.Keyframe, key: TimeKey) -> None:
    point.interpolation = "BEZIER"
    point.co = (key.scene_frame, key.shot_frame)
    point.handle_left_type, point.handle_right_type = _kind(key.left), _kind(key.right)
    point.handle_left = (key.left.scene_frame, key.left.shot_frame)
    point.handle_right = (key.right.scene_frame, key.right.shot_frame)
    point.select_control_point = point.select_left_handle = point.select_right_handle = False


def _kind(handle: Handle) -> Any:
    return handle.kind.value.upper()
