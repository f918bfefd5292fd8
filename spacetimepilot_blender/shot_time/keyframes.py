"""F-curves of an object: found, made and filled in the same way in Blender 4.5 and 5.x, where actions have slots."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import bpy


def curves_of(thing: bpy.types.Object | bpy.types.NodeTree) -> list[bpy.types.FCurve]:
    """The F-curves that animate an object or nodes through their action."""
    data = thing.animation_data
    if data is None or data.action is None or data.action_slot is None:
        return []
    bags = [strip.channelbag(data.action_slot) for layer in data.action.layers for strip in layer.strips]
    return [curve for bag in bags if bag is not None for curve in bag.fcurves]


def curve_of(thing: bpy.types.Object | bpy.types.NodeTree, path: str) -> bpy.types.FCurve | None:
    """The F-curve of a property that is one number, if there is one."""
    return next((curve for curve in curves_of(thing) if curve.data_path == path), None)


def own_curve(thing: bpy.types.Object, path: str, index: int = 0) -> bpy.types.FCurve:
    """The F-curve of a property, made if it is not there, in an action that no other object shares."""
    _own_action(thing)
    return thing.animation_data.action.fcurve_ensure_for_datablock(thing, path, index=index)


def is_driven(thing: bpy.types.Object, path: str) -> bool:
    """Whether a driver decides a property."""
    data = thing.animation_data
    return data is not None and any(driver.data_path == path for driver in data.drivers)


def fill(
    curve: bpy.types.FCurve,
    frames: Sequence[float],
    values: Sequence[float],
    interpolation: Any,
    corners: Container[float] = (),
) -> None:
    """Replace a curve's keys.

    Parameters
    ----------
    interpolation : str
        As Blender calls it: BEZIER (with automatic handles), LINEAR or CONSTANT.
    corners : container of float
        Frames at whose keys the curve does not slow down.
    """
    points = _emptied(curve, len(frames))
    points.foreach_set("co", [number for key in zip(frames, values, strict=True) for number in key])
    for frame, point in zip(frames, points, strict=True):
        point.interpolation = interpolation
        point.handle_left_type = point.handle_right_type = "VECTOR" if frame in corners else "AUTO_CLAMPED"
    curve.update()


def _emptied(curve: bpy.types.FCurve, count: int) -> Any:
    curve.keyframe_points.clear()
    curve.keyframe_points.add(count)
    return curve.keyframe_points


def _own_action(thing: bpy.types.Object) -> None:
    """Let an object have an action that it alone uses: copies share theirs, and must keep it as it is."""
    data = thing.animation_data or thing.animation_data_create()
    action = data.action
    if action is None:
        data.action = bpy.data.actions.new(f"{thing.name}Action")
        return
    if action.library is None and action.users - action.use_fake_user <= 1:
        return
    slot = data.action_slot.identifier if data.action_slot is not None else ""
    data.action = action.copy()
    if data.action_slot is None:
        data.action_slot = next((one for one in data.action.slots if one.identifier == slot), None)
