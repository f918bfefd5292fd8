"""Meshes that stand in for fields, beside the .blend: each instant of a field once, shared by all its instances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.mesh_file import MESH_VERSION
from ...bake.contract.messages import StandInRequest
from ..cameras.scene_camera import render_camera
from ..field.field_object import field_file
from ..field.field_request import crop_of
from ..light.made_files import FilesWork, MadeFiles, folder_name, shot_times
from ..paths import absolute
from ..work import Work
from .switching import pixels_at_limit

FOLDER = "//spacetimepilot_stand_ins"
AGAIN = "Make Stand-In"
_STEM, _SUFFIX = "stand_in", ".ply"
_COARSEST, _FINEST = 24, 320
"""Voxels along the longest edge that are chosen where nobody chooses."""


class StandInWork(Work):
    """The meshes that a stretch of the timeline needs of some fields: collected in the main thread, made in any.

    Attributes
    ----------
    parts : list of FilesWork
        One for each field.

    Raises
    ------
    UserError
        If there is no camera for which they could stand in, a field's settings cannot be used, or the .blend has not
        been saved.
    """

    def __init__(
        self,
        scene: bpy.types.Scene,
        layer: bpy.types.ViewLayer,
        things: Sequence[bpy.types.Object],
        frames: range,
    ) -> None:
        self.parts = [self._part(scene, layer, thing, frames) for thing in things]
        super().__init__(sum(part.total for part in self.parts))

    def stop(self) -> None:
        """Stop after the mesh that is being made."""
        super().stop()
        for part in self.parts:
            part.stop()

    def make_all(self) -> Iterator[int]:
        """Make those that are not there yet, telling how many there are.

        Raises
        ------
        UserError
            If one cannot be made.
        """
        for part in self.parts:
            for _ in part.make_all():
                self.made += 1
                yield self.made

    def _part(
        self, scene: bpy.types.Scene, layer: bpy.types.ViewLayer, thing: bpy.types.Object, frames: range
    ) -> FilesWork:
        settings = thing.spacetimepilot
        detail = chosen_detail(scene, layer.depsgraph, thing)
        step, first, last = settings.stand_in_step, settings.first_frame, settings.last_frame
        exposed = settings.exposure_frame if settings.exposure_of == "frame" else settings.exposure_of
        crop = crop_of(settings)
        decides = {
            "field": settings.content_hash,
            "crop": crop,
            "detail": detail,
            "exposure_of": exposed,
            "step": step,
            "version": MESH_VERSION,
        }
        times = shot_times(scene, layer, thing, frames)
        folder = absolute(FOLDER, "The folder of the stand-ins")
        shared = folder / f"shared_{folder_name(thing, decides).rpartition('_')[2]}"
        own = folder / folder_name(thing, {**decides, "times": times})
        file, content_hash = str(field_file(thing)), settings.content_hash

        def request_at(_: Path, time: float) -> StandInRequest:
            # Instances that show nearly the same instant have one mesh.
            number = round(time / step)
            instant = min(max(number * step, first), last)
            shown = {"neutral": None, "filmed": instant}.get(exposed, exposed)
            mesh = str(shared / f"{number:06d}{_SUFFIX}")
            return StandInRequest(0, file, content_hash, instant, detail, mesh, crop, exposure_of=shown)

        return FilesWork(thing.name, MadeFiles(own, _STEM, _SUFFIX, times), content_hash, request_at)


def chosen_detail(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, thing: bpy.types.Object) -> int:
    """Voxels along the longest edge of a field's stand-in; where nobody has chosen, one for each pixel that it takes
    where it begins to be seen.

    Raises
    ------
    UserError
        If there is no camera for which it could stand in.
    """
    camera = render_camera(scene, depsgraph)
    if camera.projection.panoramic:
        raise UserError(
            "Stand-ins are for perspective and orthographic cameras, not panoramic ones.", "Choose another camera."
        )
    if thing.spacetimepilot.stand_in_detail:
        return int(thing.spacetimepilot.stand_in_detail)
    pixels = pixels_at_limit(thing.evaluated_get(depsgraph), camera)
    if not pixels < float("inf"):
        raise UserError(f"{thing.name} has no size in the camera's picture.", "Give it a scale other than zero.")
    return min(max(round(pixels), _COARSEST), _FINEST)
