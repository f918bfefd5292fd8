"""What the sidebar says, where that can go wrong: a sentence, and whether all is well."""

from __future__ import annotations

import bpy

from ..bake.contract.errors import UserError
from .field.field_object import shot_time_of
from .worker.interpreter import find_interpreter


def shown_now(thing: bpy.types.Object, scene: bpy.types.Scene) -> tuple[str, bool]:
    """Which frame of the shot a field shows at the scene's frame."""
    try:
        return f"Shows shot frame {shot_time_of(thing, scene.frame_current_final):.2f}", True
    except UserError as error:
        return str(error), False


def worker_found() -> tuple[str, bool]:
    """Which Python the worker runs on."""
    try:
        return str(find_interpreter()), True
    except UserError as error:
        return str(error), False
