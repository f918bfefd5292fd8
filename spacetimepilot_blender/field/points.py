"""Points on a field: Empties that hang on it, and whatever else somebody has selected to say where something is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bmesh
import bpy
import numpy as np

from ...bake.contract.errors import UserError
from .field_object import fields_of, is_field

_NAME = "Point"
_SHARE = 0.02
"""Radius of a point by the longest edge of the field's box."""


def add_point(layer: bpy.types.ViewLayer, field: bpy.types.Object, place: Sequence[float]) -> bpy.types.Object:
    """Add an Empty at a place of the scene; it hangs on the field, so that it stays on what it marks."""
    layer.update()
    point = bpy.data.objects.new(f"{field.name} {_NAME}", None)
    point.empty_display_type = "SPHERE"
    point.empty_display_size = _SHARE * _longest_edge(field)
    point.show_in_front = True
    beside = [collection for collection in field.users_collection if collection.library is None]
    for collection in beside or [layer.id_data.collection]:
        collection.objects.link(point)
    point.parent = field
    point.matrix_parent_inverse = field.matrix_world.inverted()
    point.location = place
    return point


def field_in_question(context: bpy.types.Context) -> bpy.types.Object | None:
    """The field that is meant: the active one, the one that selected points hang on, or the only one of the scene."""
    if is_field(context.object):
        return context.object
    parents = {thing.parent for thing in context.selected_objects if is_field(thing.parent)}
    if len(parents) == 1:
        return parents.pop()
    everyone = [thing for thing in fields_of(context.scene) if thing.name in context.view_layer.objects]
    return everyone[0] if len(everyone) == 1 else None


def needs_field(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """For an operator's poll: it is clear which field is meant."""
    if field_in_question(context) is None:
        operator.poll_message_set("Make the field the active object: there is none, or there are several")
        return False
    return True


def may_mark(operator: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """For an operator's poll: points can be added to the field that is meant."""
    if context.mode != "OBJECT":
        operator.poll_message_set("Go back to Object Mode first")
        return False
    return needs_field(operator, context)


def points_of(operator: Any, context: bpy.types.Context, field: bpy.types.Object, names: Sequence[str]) -> np.ndarray:
    """(N, 3): the points that an operator was given as its properties `names`, or else the selected ones.

    Those go into the properties then, for whoever does it again with another setting. Edit Mode is left, because
    Blender's undo sees nothing but the edited mesh there.

    Raises
    ------
    UserError
        If some are given and others are not, or the selection does not fit.
    """
    given = [name for name in names if operator.properties.is_property_set(name)]
    if given and len(given) < len(names):
        missing = ", ".join(name for name in names if name not in given)
        raise UserError(f"Points are missing: {missing}.", "Give all of them, or none to use the selection.")
    context.view_layer.update()
    if not given:
        for name, point in zip(names, _selected(context, field, len(names)), strict=True):
            setattr(operator, name, point)
    if context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    return np.array([tuple(getattr(operator, name)) for name in names], dtype=np.float64)


def _selected(context: bpy.types.Context, field: bpy.types.Object, count: int) -> list[tuple[float, ...]]:
    """Vertices selected in Edit Mode, or else the origins of selected objects, by name; an active one first.

    Raises
    ------
    UserError
        If there are not exactly `count`.
    """
    if context.mode == "EDIT_MESH":
        points, kind = _vertices(context), "vertices"
    else:
        points, kind = _origins(context, field), "points"
    if len(points) != count:
        raise UserError(
            f"{len(points)} {kind} are selected, but {count} are needed.",
            f"Select {count} objects beside the field, such as its points, or {count} vertices in Edit Mode.",
        )
    return points


def _origins(context: bpy.types.Context, field: bpy.types.Object) -> list[tuple[float, ...]]:
    chosen = sorted(
        (thing for thing in context.selected_objects if thing != field),
        key=lambda thing: (thing != context.view_layer.objects.active, thing.name),
    )
    return [_numbers(thing.matrix_world.translation) for thing in chosen]


def _vertices(context: bpy.types.Context) -> list[tuple[float, ...]]:
    points: list[tuple[float, ...]] = []
    for thing in context.objects_in_mode_unique_data:
        data: Any = thing.data
        mesh = bmesh.from_edit_mesh(data)
        points += [_numbers(thing.matrix_world @ vertex.co) for vertex in mesh.verts if vertex.select]
    return points


def _numbers(vector: Any) -> tuple[float, ...]:
    return tuple(float(number) for number in vector)


def _longest_edge(field: bpy.types.Object) -> float:
    """Of the field's box, whose Empty reaches from -1 to 1; scene units."""
    return 2 * max(_numbers(field.matrix_world.to_scale()))
