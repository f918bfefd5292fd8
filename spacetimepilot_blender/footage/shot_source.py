"""What the worker is to read as footage: a capture on disk, or the scene's own cameras, written down for it."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.field_file import SUFFIX
from ...bake.contract.shot_description import SUFFIX as DESCRIPTION_SUFFIX
from ..bakes.bake_job import BakeOrder
from ..colour_spaces import configuration
from ..paths import absolute
from ..preferences import device
from .footage_export import export_shot


def bake_order(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, *, resume: bool = False, queue: bool = False
) -> BakeOrder:
    """The bake that the scene's settings ask for; scene cameras are written down beside the field file.

    Raises
    ------
    UserError
        If a setting is missing or cannot be used.
    """
    settings = scene.spacetimepilot
    output = field_output(scene)
    if settings.hold_out == 1:
        raise UserError("Holding out every frame leaves nothing to bake.", "Choose 2 or more, or 0 for none.")
    chosen = {
        "preset": settings.preset,
        # Blender's floats are short: 0.1 reads as 0.10000000149.
        "minutes": float(f"{settings.minutes:g}") if settings.minutes > 0 else None,
        "device": device(),
        "seed": settings.seed,
        "hold_out": settings.hold_out,
        "sensor": settings.sensor,
        "robust": settings.robust,
    }
    chosen |= capture_colour(scene)
    footage = footage_path(scene, layer)
    return BakeOrder(footage, output, chosen, resume=resume, queue=queue, blend=bpy.data.filepath)


def capture_colour(scene: bpy.types.Scene) -> dict[str, str]:
    """The worker's settings that say what a capture was recorded in; empty for sRGB, and for the scene's own cameras,
    whose shot description says it."""
    settings = scene.spacetimepilot
    if settings.source != "FILE" or not settings.colour_space:
        return {}
    return {"colour_space": settings.colour_space, "ocio": configuration()}


def field_output(scene: bpy.types.Scene) -> Path:
    """The field file to make.

    Raises
    ------
    UserError
        If it is not set or has another suffix.
    """
    output = absolute(scene.spacetimepilot.output_path, "The field file")
    if output.suffix != SUFFIX:
        raise UserError(f"The field file {output} does not end in {SUFFIX}.", f"Name it {output.name}{SUFFIX}.")
    return output


def footage_path(scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> Path:
    """What the worker is to read; scene cameras are written down beside the field file first.

    Raises
    ------
    UserError
        If the footage is not set or missing, its cameras cannot be used, or there is no place to write them to.
    """
    settings = scene.spacetimepilot
    if settings.source == "FILE":
        path = absolute(settings.footage_path, "The capture")
        if not path.exists():
            raise UserError(f"There is no capture {path}.", "Choose a transforms.json, or the folder that holds one.")
        return path
    output = field_output(scene)
    description = output.with_name(output.stem + DESCRIPTION_SUFFIX)
    export_shot(scene, layer, description)
    return description
