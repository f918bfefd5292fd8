"""Plates of a scene: which ones a frame needs, where they lie, and having them made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from ...bake.contract.errors import Cancelled, UserError
from ...bake.contract.field_file import read_header
from ...bake.contract.messages import PlateRequest
from ...bake.contract.plate import is_whole, plate_name
from ..cameras.scene_camera import render_camera
from ..field.field_request import plate_request
from ..package import DATA
from ..worker.worker_client import worker
from .compositing import linked_fields

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
    evaluated = {thing: thing.evaluated_get(depsgraph) for thing in shown}
    requests = {thing: plate_request(own, scene.frame_current_final, camera) for thing, own in evaluated.items()}
    return {thing: replace(own, path=str(plate_folder() / plate_name(own))) for thing, own in requests.items()}


def ensure_plate(request: PlateRequest) -> Path:
    """The plate that answers `request`, made if it is not there yet.

    Raises
    ------
    UserError
        If it cannot be made, or the field file is not the one the scene was set up with.
    """
    path = Path(request.path)
    return path if is_whole(path) else make_plate(request)


def make_plate(request: PlateRequest) -> Path:
    """Have a plate made in place of what may be there; raises as `ensure_plate`."""
    path = Path(request.path)
    _check_field(Path(request.field_file), request.content_hash)
    try:
        worker().make(request)
    except Cancelled as error:
        raise UserError("The plate was cancelled.", "Render again.") from error
    if not is_whole(path):
        raise UserError(f"The plate {path} is damaged right after it was made.", "Check the disk it lies on.")
    return path


def _check_field(path: Path, content_hash: str) -> None:
    header = read_header(path)
    if header.content_hash != content_hash:
        raise UserError(
            f"The field file {path} was baked again since it was put into this scene.",
            "Reload the field (its Reload button, or the operator spacetimepilot.reload_field).",
        )
