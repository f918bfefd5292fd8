"""Places a field by points on it, and crops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
from mathutils import Matrix, Vector

TILTED = Matrix.Translation((0.4, -0.2, 1.5)) @ Matrix.Rotation(2.4, 4, Vector((1, 2, 0.5))) @ Matrix.Scale(1.7, 4)
FLOOR = ((-0.5, -0.6, -1.0), (0.7, -0.5, -1.0), (0.1, 0.8, -1.0))
"""Points of the capture, counter-clockwise seen from above: its own up is +Z."""


def main(folder: str, field: str, acts: list[str]) -> dict[str, Any]:
    """For each act where the capture stands in the scene, before, after and undone, and what was said."""
    return {act: _tried(folder, field, act) for act in acts}


def _tried(folder: str, field: str, act: str) -> dict[str, Any]:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    bpy.ops.spacetimepilot.add_field(filepath=field)
    thing = bpy.context.object
    thing.matrix_world = TILTED @ thing.matrix_world
    bpy.context.view_layer.update()
    place = _place(thing)
    points = [tuple(place @ Vector(point)) for point in FLOOR]
    ready = PREPARATIONS.get(act, _nothing)(thing, points)
    name = thing.name
    before = _state(thing)
    bpy.ops.ed.undo_push(message="Ready")
    said = _said(ready)
    after = _state(bpy.data.objects[name])
    if said == "{'FINISHED'}":
        bpy.ops.ed.undo()
    return {"said": said, "before": before, "points": points, "after": after, "undone": _state(bpy.data.objects[name])}


def _nothing(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    return lambda: _floor(first=points[0], second=points[1], third=points[2])


def _floor(**options: Any) -> object:
    return bpy.ops.spacetimepilot.set_floor("EXEC_DEFAULT", True, **options)


def _distance(**options: Any) -> object:
    return bpy.ops.spacetimepilot.set_distance("EXEC_DEFAULT", True, **options)


def _turned_round(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    """The points in the other sense; up must not depend on it."""
    return lambda: _floor(first=points[0], second=points[2], third=points[1])


def _turned_over(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    return lambda: _floor(first=points[0], second=points[1], third=points[2], turn_over=True)


def _by_selection(thing: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    """Points added one by one, as an artist does: at the cursor, and one of them moved afterwards."""
    for number, point in enumerate(points):
        bpy.context.scene.cursor.location = point if number else (9, 9, 9)
        bpy.ops.spacetimepilot.add_point()
    moved = bpy.data.objects[f"{thing.name} Point"]
    moved.matrix_world = Matrix.Translation(points[0])
    bpy.context.view_layer.objects.active = moved
    return _floor


def _by_vertices(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    mesh = bpy.data.meshes.new("Cloud")
    mesh.from_pydata([(9, 9, 9), *points], [], [])
    cloud = bpy.data.objects.new("Cloud", mesh)
    bpy.context.scene.collection.objects.link(cloud)
    bpy.context.view_layer.objects.active = cloud
    bpy.ops.object.mode_set(mode="EDIT")
    import bmesh

    for vertex in bmesh.from_edit_mesh(mesh).verts:
        vertex.select = vertex.index > 0
    return _floor


def _editing(thing: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    """A point that came about in Edit Mode could not be undone."""
    _by_vertices(thing, points)
    return bpy.ops.spacetimepilot.add_point


def _in_line(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    middle = [(one + other) / 2 for one, other in zip(points[0], points[1], strict=True)]
    return lambda: _floor(first=points[0], second=middle, third=points[1])


def _some_missing(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    return lambda: _floor(first=points[0], third=points[2])


def _animated(thing: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    thing.keyframe_insert("rotation_euler", frame=1)
    return _nothing(thing, points)


def _other_keys(thing: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    """An animated Shot Time decides nothing about where the field is."""
    thing.spacetimepilot.keyframe_insert("shot_time", frame=1)
    return _nothing(thing, points)


def _constrained(thing: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    thing.constraints.new("LIMIT_LOCATION")
    return _nothing(thing, points)


def _sheared(thing: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    parent = bpy.data.objects.new("Parent", None)
    bpy.context.scene.collection.objects.link(parent)
    parent.scale = (1, 3, 1)
    thing.parent = parent
    return _nothing(thing, points)


def _two_fields(thing: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    bpy.context.scene.collection.objects.link(thing.copy())
    bpy.context.view_layer.objects.active = None
    return _nothing(thing, points)


def _length(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    return lambda: _distance(first=points[0], second=points[1], length=0.8)


def _no_length(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    return lambda: _distance(first=points[0], second=points[1], length=0)


def _one_place(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    return lambda: _distance(first=points[0], second=points[0], length=1)


def _one_selected(_: bpy.types.Object, points: list[tuple[float, ...]]) -> Callable[[], object]:
    bpy.ops.spacetimepilot.add_point(location=points[0])
    return lambda: _distance(length=1)


def _pick(thing: bpy.types.Object, __: object) -> Callable[[], object]:
    """From above the capture's floor, through what is left of its box; three times, and the floor by what was met."""
    thing.spacetimepilot.use_crop, thing.spacetimepilot.crop_max[2] = True, 0.5

    def picked() -> object:
        place = _place(bpy.context.object)
        down = tuple(place.to_3x3() @ Vector((0, 0, -1)))
        for x, y in ((-0.5, -0.6), (0.7, -0.5), (0.1, 0.8)):
            bpy.ops.spacetimepilot.pick_points(origin=place @ Vector((x, y, 3)), direction=down)
        return _floor()

    return picked


def _pick_nothing(_: bpy.types.Object, __: object) -> Callable[[], object]:
    return lambda: bpy.ops.spacetimepilot.pick_points(origin=(0, 0, 90), direction=(0, 0, 1))


def _crop(side: str, distance: float) -> Callable[[bpy.types.Object, object], Callable[[], object]]:
    def prepared(thing: bpy.types.Object, _: object) -> Callable[[], object]:
        thing.spacetimepilot.use_crop = True
        return lambda: bpy.ops.spacetimepilot.move_crop("EXEC_DEFAULT", True, side=side, distance=distance)

    return prepared


def _crop_off(_: bpy.types.Object, __: object) -> Callable[[], object]:
    return lambda: bpy.ops.spacetimepilot.move_crop(side="x_min", distance=-0.25)


def _crop_reset(thing: bpy.types.Object, _: object) -> Callable[[], object]:
    thing.spacetimepilot.crop_max = (0.1, 0.2, 0.3)
    return lambda: bpy.ops.spacetimepilot.reset_crop("EXEC_DEFAULT", True)


PREPARATIONS: dict[str, Callable[[Any, Any], Callable[[], object]]] = {
    "turned round": _turned_round,
    "turned over": _turned_over,
    "selection": _by_selection,
    "vertices": _by_vertices,
    "editing": _editing,
    "in line": _in_line,
    "some missing": _some_missing,
    "animated": _animated,
    "other keys": _other_keys,
    "constrained": _constrained,
    "sheared": _sheared,
    "two fields": _two_fields,
    "length": _length,
    "no length": _no_length,
    "one place": _one_place,
    "one selected": _one_selected,
    "pick": _pick,
    "pick nothing": _pick_nothing,
    "crop in": _crop("x_min", -0.25),
    "crop out": _crop("y_max", 0.5),
    "crop too far": _crop("z_max", -7.0),
    "crop off": _crop_off,
    "crop reset": _crop_reset,
}


def _place(thing: bpy.types.Object) -> Matrix:
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.field.field_object import capture_to_scene

    return Matrix(capture_to_scene(thing).tolist())


def _state(thing: bpy.types.Object) -> dict[str, Any]:
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.field.crop_box import (
        SIDES,
        arrow_place,
        corners,
    )

    bpy.context.view_layer.update()
    points = [child.matrix_world.translation for child in sorted(thing.children, key=lambda child: child.name)]
    return {
        "place": _flat(_place(thing)),
        "children": [point[:] for point in points],
        "crop": [list(thing.spacetimepilot.crop_min), list(thing.spacetimepilot.crop_max)],
        "corners": [corner[:] for corner in corners(thing)],
        "arrows": {side: _flat(arrow_place(thing, side)) for side, *_ in SIDES},
        "mode": bpy.context.mode,
    }


def _flat(matrix: Matrix) -> list[list[float]]:
    return [list(row) for row in matrix]


def _said(act: Callable[[], object]) -> str:
    try:
        return str(act())
    except RuntimeError as error:
        return str(error)
