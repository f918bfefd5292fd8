"""The plates that come with the extension: they stand in where there is no plate of a frame."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..package import DATA


def empty_plate(thing: bpy.types.Object | None) -> Path:
    """Shows nothing. Stands in where a field is hidden, and until the first plate is there."""
    return DATA / f"empty_{_kind(thing)}plate.exr"


def failed_plate(thing: bpy.types.Object | None) -> Path:
    """Says in magenta that there is no plate; only ever seen in a window, because headless renders end instead."""
    return DATA / f"failed_{_kind(thing)}plate.exr"


def _kind(thing: bpy.types.Object | None) -> str:
    return "exact_" if thing is not None and thing.spacetimepilot.merge == "exact" else ""
