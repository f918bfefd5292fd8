"""The scene's camera as the worker sees it."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

from ...bake.contract.camera import BlenderCamera, Camera, Projection, from_blender
from ...bake.contract.errors import UserError

_PROJECTIONS = {"PERSP": Projection.PERSPECTIVE, "ORTHO": Projection.ORTHOGRAPHIC}


def render_camera(
    scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, through: bpy.types.Object | None = None
) -> Camera:
    """The camera whose pixels are the pixels of the scene's render, at the instant that `depsgraph` is evaluated for.

    Parameters
    ----------
    through : Object or None
        The camera object, where it is not the one that the scene has at this instant.

    Raises
    ------
    UserError
        If there is no camera, or it cannot be matched.
    """
    if scene.camera is None:
        raise UserError(f"The scene {scene.name} has no camera.", "Add one, or make one the active camera.")
    if scene.render.use_multiview:
        raise UserError("Stereo cameras cannot show a field yet.", "Switch Stereoscopy off in the output properties.")
    cropped = scene.render.use_border and scene.render.use_crop_to_border
    return _camera(scene, (through or scene.camera).evaluated_get(depsgraph), cropped)


def footage_camera(scene: bpy.types.Scene, camera: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> Camera:
    """The whole picture of `camera` under the scene's render settings, whatever its border.

    Raises
    ------
    UserError
        If the camera cannot be matched.
    """
    return _camera(scene, camera.evaluated_get(depsgraph), cropped=False)


def world_matrix(thing: bpy.types.Object) -> np.ndarray:
    """Evaluated object to world, (4, 4) float64, without the camera's scale."""
    return np.array(thing.matrix_world, dtype=np.float64)


def _camera(scene: bpy.types.Scene, evaluated: bpy.types.Object, cropped: bool) -> Camera:
    data = evaluated.data
    if not isinstance(data, bpy.types.Camera):
        raise UserError(f"{evaluated.name} is not a camera.", "Choose a camera.")
    if data.type not in _PROJECTIONS:
        raise UserError(
            f"The camera {evaluated.name} is {data.type.lower()}, which a field cannot be seen through yet.",
            "Make it a perspective or orthographic camera.",
        )
    _check_shape(evaluated)
    render = scene.render
    settings = BlenderCamera(
        kind=_PROJECTIONS[data.type],
        lens=data.lens,
        sensor_width=data.sensor_width,
        sensor_height=data.sensor_height,
        sensor_fit=data.sensor_fit,
        shift_x=data.shift_x,
        shift_y=data.shift_y,
        ortho_scale=data.ortho_scale,
        clip_start=data.clip_start,
        clip_end=data.clip_end,
        resolution_x=render.resolution_x,
        resolution_y=render.resolution_y,
        resolution_percentage=render.resolution_percentage,
        pixel_aspect_x=render.pixel_aspect_x,
        pixel_aspect_y=render.pixel_aspect_y,
        border=(render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y),
    )
    return from_blender(settings, world_matrix(evaluated), cropped=cropped)


def _check_shape(evaluated: bpy.types.Object) -> None:
    matrix: Matrix = evaluated.matrix_world
    if abs(matrix.to_3x3().determinant()) < 1e-12:
        raise UserError(f"The camera {evaluated.name} is scaled to nothing.", "Clear its scale.")
