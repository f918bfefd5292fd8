"""What a field object asks of the worker: all that decides how it looks, whoever wants to see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...bake.contract.camera import Camera
from ...bake.contract.errors import UserError
from ...bake.contract.field_file import read_header
from ...bake.contract.messages import PlateRequest, Quality, Request
from .field_object import capture_to_scene, field_file, shot_time_of


def plate_request(thing: bpy.types.Object, scene_frame: float, camera: Camera) -> PlateRequest:
    """The request for what `camera` sees of an evaluated field object at a scene frame; its path is left open.

    Raises
    ------
    UserError
        If the field's file or time settings make no sense.
    """
    settings = thing.spacetimepilot
    shot_frame = shot_time_of(thing, scene_frame)
    return PlateRequest(
        id=0,
        field_file=str(field_file(thing.original)),
        content_hash=settings.content_hash,
        camera=camera,
        field_to_scene=tuple(float(value) for value in capture_to_scene(thing).ravel()),
        shot_frame=shot_frame,
        quality=Quality(settings.quality),
        path="",
        crop=crop_of(settings),
        exposure=settings.exposure,
        exposure_of=exposure_frame(settings, shot_frame),
    )


def demand_same_field(request: Request) -> None:
    """Refuse a request for another field than its file holds by now.

    Raises
    ------
    UserError
        If the field was baked again, or its file cannot be read.
    """
    if read_header(Path(request.field_file)).content_hash != request.content_hash:
        raise UserError(
            f"The field file {request.field_file} was baked again since it was put into this scene.",
            "Reload the field (its Reload button, or the operator spacetimepilot.reload_field).",
        )


def crop_of(settings: Any) -> Any:
    """A field's crop box as requests have it."""
    return (tuple(settings.crop_min), tuple(settings.crop_max)) if settings.use_crop else None


def exposure_frame(settings: Any, shot_frame: float) -> float | None:
    """The shot frame whose exposure a field gets at another one, as requests have it."""
    return {"neutral": None, "filmed": shot_frame, "frame": settings.exposure_frame}[settings.exposure_of]
