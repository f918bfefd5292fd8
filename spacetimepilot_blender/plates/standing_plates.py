"""The plates that come with the extension: they stand in where there is no plate of a frame."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..package import DATA

_KIND = {"fast": "", "exact": "exact_"}


def empty_plate(thing: bpy.types.Object) -> Path:
    """Shows nothing. Stands in where a field is hidden, and until the first plate is there."""
    return DATA / f"empty_{_KIND[thing.spacetimepilot.merge]}plate.exr"


def failed_plate(thing: bpy.types.Object) -> Path:
    """Says in magenta that there is no plate; only ever seen in a window, because headless renders end instead."""
    return DATA / f"failed_{_KIND[thing.spacetimepilot.merge]}plate.exr"
