"""The scene's camera as the worker sees it."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

from ...bake.contract.camera import BlenderCamera, BlenderPanorama, Camera, Projection, from_blender
from ...bake.contract.errors import UserError
from ...bake.contract.shutter import Aperture

_PROJECTIONS = {"PERSP": Projection.PERSPECTIVE, "ORTHO": Projection.ORTHOGRAPHIC}
_PANORAMAS = {
    "EQUIRECTANGULAR": Projection.EQUIRECTANGULAR,
    "FISHEYE_EQUIDISTANT": Projection.FISHEYE_EQUIDISTANT,
    "FISHEYE_EQUISOLID": Projection.FISHEYE_EQUISOLID,
}
_NARROWEST = 1e-6
"""Radians."""


def render_camera(
    scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, camera: bpy.types.Object | None = None
) -> Camera:
    """The camera whose pixels are the pixels of the scene's render, at the instant that `depsgraph` is evaluated for.

    Parameters
    ----------
    camera : Object or None
        The camera that renders, where a marker may have made another one the scene's; None for the scene's.

    Raises
    ------
    UserError
        If there is no camera, or it cannot be matched.
    """
    camera = camera or scene.camera
    if camera is None:
        raise UserError(f"The scene {scene.name} has no camera.", "Add one, or make one the active camera.")
    if scene.render.use_multiview:
        raise UserError(
            "Stereo cameras cannot show a field yet.",
            "Switch Stereoscopy off in the output properties, and render each eye from a camera of its own.",
        )
    cropped = scene.render.use_border and scene.render.use_crop_to_border
    return _camera(scene, camera.evaluated_get(depsgraph), cropped)


def render_aperture(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> Aperture | None:
    """The lens's aperture if the scene's camera has depth of field, as Cycles has it (`blender/camera.cpp` there)."""
    if scene.camera is None:
        return None
    evaluated = scene.camera.evaluated_get(depsgraph)
    data = evaluated.data
    if not isinstance(data, bpy.types.Camera) or not data.dof.use_dof:
        return None
    lens = 1.0 if data.type == "ORTHO" else data.lens * 1e-3
    return Aperture(
        radius=lens / (2 * max(data.dof.aperture_fstop, 1e-5)),
        focus=max(_focus(evaluated, data.dof, depsgraph), 1e-6),
        blades=data.dof.aperture_blades,
        rotation=data.dof.aperture_rotation,
        ratio=data.dof.aperture_ratio,
    )


def footage_camera(scene: bpy.types.Scene, camera: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> Camera:
    """The whole picture of `camera` under the scene's render settings, whatever its border.

    Raises
    ------
    UserError
        If the camera cannot be matched.
    """
    evaluated = camera.evaluated_get(depsgraph)
    if isinstance(evaluated.data, bpy.types.Camera) and evaluated.data.type not in _PROJECTIONS:
        raise UserError(
            f"The camera {evaluated.name} is {evaluated.data.type.lower()}, which footage cannot be filmed by.",
            "Make it a perspective or orthographic camera.",
        )
    return _camera(scene, evaluated, cropped=False)


def world_matrix(thing: bpy.types.Object) -> np.ndarray:
    """Evaluated object to world, (4, 4) float64, without the camera's scale."""
    return np.array(thing.matrix_world, dtype=np.float64)


def _camera(scene: bpy.types.Scene, evaluated: bpy.types.Object, cropped: bool) -> Camera:
    data = evaluated.data
    if not isinstance(data, bpy.types.Camera):
        raise UserError(f"{evaluated.name} is not a camera.", "Choose a camera.")
    kind = _PROJECTIONS.get(data.type) or _PANORAMAS.get(data.panorama_type if data.type == "PANO" else "")
    if kind is None:
        raise UserError(
            f"The camera {evaluated.name} is of a kind that a field cannot be seen through.",
            "Make it perspective, orthographic, or a panorama: equirectangular, fisheye equidistant or equisolid.",
        )
    _check_shape(evaluated)
    render = scene.render
    settings = BlenderCamera(
        kind=kind,
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
        panorama=_panorama(evaluated.name, data) if kind.panoramic else None,
    )
    return from_blender(settings, world_matrix(evaluated), cropped=cropped)


def _panorama(name: str, data: bpy.types.Camera) -> BlenderPanorama:
    panorama = BlenderPanorama(
        longitude_min=data.longitude_min,
        longitude_max=data.longitude_max,
        latitude_min=data.latitude_min,
        latitude_max=data.latitude_max,
        fisheye_fov=data.fisheye_fov,
        fisheye_lens=data.fisheye_lens,
    )
    spans = panorama.longitude_max - panorama.longitude_min, panorama.latitude_max - panorama.latitude_min
    if min(spans) < _NARROWEST:
        raise UserError(
            f"The panorama of {name} is empty: a minimum of its longitude or latitude is no less than the maximum.",
            "Set them right in the camera's properties, under Lens.",
        )
    return panorama


def _focus(evaluated: bpy.types.Object, dof: bpy.types.CameraDOFSettings, depsgraph: bpy.types.Depsgraph) -> float:
    """Planar depth of what is sharp, scene units."""
    if dof.focus_object is None:
        return float(dof.focus_distance)
    focus = dof.focus_object.original.evaluated_get(depsgraph)
    place = focus.matrix_world
    bone = focus.pose.bones.get(dof.focus_subtarget) if focus.pose is not None else None
    if bone is not None:
        place = place @ bone.matrix
    own: Matrix = evaluated.matrix_world
    return float(abs((own.translation - place.translation).dot(own.col[2].xyz.normalized())))


def _check_shape(evaluated: bpy.types.Object) -> None:
    matrix: Matrix = evaluated.matrix_world
    if abs(matrix.to_3x3().determinant()) < 1e-12:
        raise UserError(f"The camera {evaluated.name} is scaled to nothing.", "Clear its scale.")
