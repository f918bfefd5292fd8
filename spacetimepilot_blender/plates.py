"""Plates of a scene: which ones a frame needs, where they lie, and having them made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from ..bake.contract.camera import Camera
from ..bake.contract.errors import Cancelled, UserError
from ..bake.contract.field_file import read_header
from ..bake.contract.messages import PlateRequest, Quality
from ..bake.contract.plate import is_whole, plate_name
from .compositing import linked_fields
from .field_object import capture_to_scene, field_file, shot_time_of
from .package import DATA
from .scene_camera import render_camera
from .worker_client import worker

FOLDER = "//spacetimepilot_plates"
EMPTY_PLATE = DATA / "empty_plate.exr"
"""Shows nothing. Stands in where a field is hidden, and until the first plate is there."""
FAILED_PLATE = DATA / "failed_plate.exr"
"""Says in magenta that there is no plate; only ever seen in a window, because headless renders end instead."""


def plate_folder() -> Path:
    """Where the plates of this .blend lie; before it is first saved, in Blender's temporary folder."""
    if bpy.data.filepath:
        return Path(bpy.path.abspath(FOLDER))
    return Path(bpy.app.tempdir) / "spacetimepilot_plates"


def needed_plates(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> dict[bpy.types.Object, PlateRequest]:
    """What has to be made for the frame that `depsgraph` is evaluated for; hidden fields need nothing.

    Raises
    ------
    UserError
        If the camera or a field's settings cannot be used.
    """
    shown = [thing for thing in linked_fields(scene) if not thing.evaluated_get(depsgraph).hide_render]
    if not shown:
        return {}
    camera = render_camera(scene, depsgraph)
    return {thing: plate_request(thing.evaluated_get(depsgraph), scene.frame_current_final, camera) for thing in shown}


def ensure_plate(request: PlateRequest) -> Path:
    """The plate that answers `request`, made if it is not there yet.

    Raises
    ------
    UserError
        If it cannot be made, or the field file is not the one the scene was set up with.
    """
    path = Path(request.path)
    if is_whole(path):
        return path
    _check_field(Path(request.field_file), request.content_hash)
    try:
        worker().make_plate(request)
    except Cancelled as error:
        raise UserError("The plate was cancelled.", "Render again.") from error
    if not is_whole(path):
        raise UserError(f"The plate {path} is damaged right after it was made.", "Check the disk it lies on.")
    return path


def plate_request(thing: bpy.types.Object, scene_frame: float, camera: Camera) -> PlateRequest:
    """What an evaluated field object shows a camera at a scene frame.

    Raises
    ------
    UserError
        If its settings cannot be used.
    """
    settings = thing.spacetimepilot
    shot_frame = shot_time_of(thing, scene_frame)
    request = PlateRequest(
        id=0,
        field_file=str(field_file(thing.original)),
        content_hash=settings.content_hash,
        camera=camera,
        field_to_scene=tuple(float(value) for value in capture_to_scene(thing).ravel()),
        shot_frame=shot_frame,
        quality=Quality(settings.quality),
        path="",
        crop=(tuple(settings.crop_min), tuple(settings.crop_max)) if settings.use_crop else None,
        exposure=settings.exposure,
        exposure_of={"neutral": None, "filmed": shot_frame, "frame": settings.exposure_frame}[settings.exposure_of],
    )
    return replace(request, path=str(plate_folder() / plate_name(request)))


def _check_field(path: Path, content_hash: str) -> None:
    header = read_header(path)
    if header.content_hash != content_hash:
        raise UserError(
            f"The field file {path} was baked again since it was put into this scene.",
            "Reload the field (its Reload button, or the operator spacetimepilot.reload_field).",
        )
