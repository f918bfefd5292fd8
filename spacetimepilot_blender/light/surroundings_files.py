"""Lat-long pictures of a field's surroundings beside the .blend, one for each scene frame or one for all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from ...bake.contract.camera import Camera
from ...bake.contract.messages import EnvironmentRequest
from ..field.field_object import capture_to_scene
from ..field.field_request import plate_request
from ..paths import absolute
from .made_files import FilesWork, MadeFiles, folder_name, shot_times

FOLDER = "//spacetimepilot_surroundings"
AGAIN = "Light Scene from Field"
_STEM, _SUFFIX = "surroundings", ".exr"
_NEAR = 1e-3
"""Share of the bounds' longest edge within which nothing is seen."""
_VERSION = 1
"""Raised when the same request would give another picture."""


class SurroundingsWork(FilesWork):
    """The pictures that a stretch of the timeline needs: collected in the main thread, made in any.

    Parameters
    ----------
    place : Vector
        Where they are taken, in scene space.
    width : int
        Pixels; they are half as high.

    Raises
    ------
    UserError
        If the field's settings cannot be used, or the .blend has not been saved.
    """

    def __init__(
        self,
        scene: bpy.types.Scene,
        layer: bpy.types.ViewLayer,
        thing: bpy.types.Object,
        frames: range,
        place: Vector,
        width: int,
    ) -> None:
        times = shot_times(scene, layer, thing, frames)
        evaluated = thing.evaluated_get(layer.depsgraph)
        request = plate_request(evaluated, scene.frame_current_final, _standing_at(place, width, evaluated))
        filmed = evaluated.spacetimepilot.exposure_of == "filmed"
        decides = {
            "field": request.content_hash,
            "camera": request.camera.to_json(),
            "field_to_scene": [round(value, 6) for value in request.field_to_scene],
            "crop": request.crop,
            "quality": request.quality,
            "exposure": [request.exposure, "filmed" if filmed else request.exposure_of],
            "times": times,
            "version": _VERSION,
        }
        folder = absolute(FOLDER, "The folder of the surroundings") / folder_name(thing, decides)

        def request_at(path: Path, time: float) -> EnvironmentRequest:
            own = replace(request, shot_frame=time, path=str(path), exposure_of=time if filmed else request.exposure_of)
            return EnvironmentRequest(**vars(own))

        super().__init__(thing.name, MadeFiles(folder, _STEM, _SUFFIX, times), request.content_hash, request_at)


def _standing_at(place: Vector, width: int, thing: bpy.types.Object) -> Camera:
    """A camera of that size and place; how it looks does not matter."""
    pose = np.eye(4)
    pose[:3, 3] = [place.x, place.y, place.z]
    to_scene = capture_to_scene(thing)
    low, high = np.array(thing.spacetimepilot.box_low), np.array(thing.spacetimepilot.box_high)
    reach = float(np.linalg.norm(to_scene[:3, :3] @ (high - low)))
    matrix = tuple(float(value) for value in pose.ravel())
    height = max(width // 2, 1)
    return Camera(width, height, width, width, width / 2, height / 2, matrix, near=_NEAR * reach)
