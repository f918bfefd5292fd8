"""Meshes of captured surfaces beside the .blend, one for each scene frame or one for all."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...bake.contract.mesh_file import MESH_VERSION
from ...bake.contract.messages import MeshRequest
from ..field.field_object import field_file
from ..field.field_request import crop_of
from ..paths import absolute
from .made_files import FilesWork, MadeFiles, folder_name, shot_times

FOLDER = "//spacetimepilot_surfaces"
AGAIN = "Make Catcher"
_STEM, _SUFFIX = "surface", ".ply"


class CatcherWork(FilesWork):
    """The meshes that a stretch of the timeline needs: collected in the main thread, made in any.

    Parameters
    ----------
    detail : int
        Voxels along the longest edge of the bounds or the crop.

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
        detail: int,
    ) -> None:
        settings = thing.spacetimepilot
        times = shot_times(scene, layer, thing, frames)
        crop = crop_of(settings)
        decides = {
            "field": settings.content_hash,
            "crop": crop,
            "detail": detail,
            "times": times,
            "version": MESH_VERSION,
        }
        folder = absolute(FOLDER, "The folder of the meshes") / folder_name(thing, decides)
        file, content_hash = str(field_file(thing)), settings.content_hash

        def request_at(path: Path, time: float) -> MeshRequest:
            return MeshRequest(0, file, content_hash, time, detail, str(path), crop)

        super().__init__(thing.name, MadeFiles(folder, _STEM, _SUFFIX, times), content_hash, request_at)
