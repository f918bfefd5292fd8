"""What Blender calls to draw into its windows: where that goes wrong it is said once, and the window stays alive."""

from __future__ import annotations

import sys
from collections.abc import Callable

import bpy

_said: set[str] = set()


def draw_guarded(draw: Callable[[bpy.types.Context], None]) -> None:
    """Draw; Blender would print what is raised with every redraw, and leave the rest of the window undrawn."""
    try:
        draw(bpy.context)
    except Exception as error:
        sentence = f"SpaceTimePilot cannot draw in this window: {error!r}. Please report it."
        if sentence not in _said:
            _said.add(sentence)
            print(sentence, file=sys.stderr, flush=True)
