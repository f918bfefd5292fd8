"""The native surfaces of a frame, for exact plates: every mesh that the camera sees, as the render evaluates it."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...bake.contract.messages import FilterShape, PixelFilter
from ...bake.contract.native_file import NativeMeshes, gathered

_WITHOUT_MESH = {"CURVES", "VOLUME", "GREASEPENCIL", "POINTCLOUD"}
_EEVEE_SIGMA = 0.284
"""Of the Gaussian by which EEVEE weighs its samples, as a share of Filter Size, at which it is cut off."""


def native_meshes(depsgraph: bpy.types.Depsgraph) -> NativeMeshes:
    """Meshes, curves, text and instances that the camera sees, in the state that `depsgraph` is evaluated for."""
    numbers: dict[int, int] = {}
    meshes: list[tuple[np.ndarray, np.ndarray]] = []
    places: list[tuple[int, np.ndarray]] = []
    layer = depsgraph.view_layer
    for instance in depsgraph.object_instances:
        thing = instance.object
        if not isinstance(thing.data, bpy.types.Mesh) or not instance.show_self or _is_left_out(thing, layer):
            continue
        key = thing.data.as_pointer()
        if key not in numbers:
            numbers[key] = len(meshes)
            meshes.append(_triangles(thing.data))
        if len(meshes[numbers[key]][1]):
            places.append((numbers[key], np.array(instance.matrix_world, dtype=np.float64)))
    return gathered(meshes, places)


def left_out(scene: bpy.types.Scene) -> list[str]:
    """Names of objects that the camera sees and that have no surface to split a field at."""
    shown = (thing for thing in scene.objects if not thing.hide_render and thing.visible_camera)
    return [thing.name for thing in shown if _has_no_mesh(thing)]


def pixel_filter(scene: bpy.types.Scene, engine: str) -> PixelFilter:
    """How a render engine weighs what it samples around a pixel's centre."""
    if engine == "CYCLES":
        width = float(scene.cycles.filter_width)
        # The radii and the deviation of Cycles' own table (scene/film.cpp).
        return {
            "BLACKMAN_HARRIS": PixelFilter(FilterShape.BLACKMAN_HARRIS, width),
            "GAUSSIAN": PixelFilter(FilterShape.GAUSSIAN, 1.5 * width, width / 4),
        }.get(scene.cycles.pixel_filter_type, PixelFilter(FilterShape.BOX, 0.5 * width))
    if engine.startswith("BLENDER_EEVEE"):
        size = float(scene.render.filter_size)
        return PixelFilter(FilterShape.GAUSSIAN, max(size, 0.01), _EEVEE_SIGMA * size)
    return PixelFilter(FilterShape.BOX, 0.5)


def _is_left_out(thing: bpy.types.Object, layer: bpy.types.ViewLayer) -> bool:
    """Whether the camera does not see an evaluated object itself."""
    own = thing.original
    mesh: Any = thing.data
    # Where it is not to be seen, plates are those of a scene without it.
    away = own.spacetimepilot_stand_in.field is not None and not len(mesh.polygons)
    return bool(
        away
        or own.hide_render
        or not own.visible_camera
        or own.is_holdout
        or own.is_shadow_catcher
        or own.holdout_get(view_layer=layer)
        or own.indirect_only_get(view_layer=layer)
    )


def _has_no_mesh(thing: bpy.types.Object) -> bool:
    hairy = any(system.settings.type == "HAIR" for system in thing.particle_systems)
    return thing.type in _WITHOUT_MESH or hairy


def _triangles(mesh: bpy.types.Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) float32 and triangles (T, 3) int32."""
    mesh.calc_loop_triangles()
    return _read(mesh.vertices, "co", np.float32), _read(mesh.loop_triangles, "vertices", np.int32)


def _read(items: Any, name: str, kind: type) -> np.ndarray:
    values: np.ndarray = np.empty(3 * len(items), kind)
    items.foreach_get(name, values)
    return values.reshape(-1, 3)
