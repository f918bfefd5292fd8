"""Where a viewport is looked at: in its middle, where the mouse is, or at an object."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...bake.contract.camera import Camera, Projection
from ...bake.contract.picture_budget import Budget, Favours, Fovea

_MIDDLE = (0.5, 0.5)
_mouse: dict[int, tuple[float, float]] = {}
"""By region: where the mouse was last seen over it, as shares of its width and height from the top left corner."""


def note_mouse(region: bpy.types.Region, x: float, y: float) -> None:
    """Note that the mouse is over a viewport, at pixels from its lower left corner."""
    _mouse[region.as_pointer()] = (x / max(region.width, 1), 1 - y / max(region.height, 1))


def follows_mouse(scene: bpy.types.Scene) -> bool:
    """Whether anybody wants to know where the mouse is."""
    return any(_follows_mouse(thing.spacetimepilot) for thing in scene.objects)


def budget_of(settings: Any, region: bpy.types.Region, camera: Camera, depsgraph: bpy.types.Depsgraph) -> Budget | None:
    """What a picture of a field may cost while something moves; None where it has no budget.

    Parameters
    ----------
    camera : Camera
        Of the viewport that `region` is.
    """
    if not settings.use_frame_budget:
        return None
    fovea = None
    if settings.foveation != "off":
        x, y = _MIDDLE
        if settings.foveation == "mouse":
            x, y = _mouse.get(region.as_pointer(), _MIDDLE)
        elif settings.foveation == "object":
            x, y = _seen_at(focus_of(settings, depsgraph.scene), camera, depsgraph)
        fovea = Fovea(x, y)
    return Budget(settings.frame_budget / 1000, fovea, Favours(settings.fidelity))


def focus_of(settings: Any, scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The object that foveation follows: the chosen one, or else what the scene's camera is focused on."""
    chosen: bpy.types.Object | None = settings.foveation_object
    # What was deleted from the scene is still known to the setting.
    if chosen is not None and chosen.name in scene.objects:
        return chosen
    seen_by = None if scene.camera is None else scene.camera.data
    return seen_by.dof.focus_object if isinstance(seen_by, bpy.types.Camera) else None


def _follows_mouse(settings: Any) -> bool:
    return bool(settings.file and settings.use_frame_budget and settings.foveation == "mouse")


def _seen_at(thing: bpy.types.Object | None, camera: Camera, depsgraph: bpy.types.Depsgraph) -> tuple[float, float]:
    """Where an object's origin is in the picture; its middle where there is none, or none that is seen."""
    if thing is None:
        return _MIDDLE
    place = thing.evaluated_get(depsgraph).matrix_world.translation
    pixels, depth = camera.project(np.array([place]))
    if depth[0] <= 0 and camera.projection is Projection.PERSPECTIVE:
        return _MIDDLE
    return float(pixels[0, 0] / camera.width), float(pixels[0, 1] / camera.height)
