"""What a viewport says about its fields, in its lower left corner: what is shown, how true it is, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

import blf
import bpy

_SIZE = 11
_MARGIN = 12


def draw_lines(lines: Sequence[str], context: bpy.types.Context) -> None:
    """Write lines into the viewport that is being drawn, the last one lowest."""
    scale = context.preferences.system.ui_scale
    blf.size(0, _SIZE * scale)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 3, 0.0, 0.0, 0.0, 0.8)
    blf.color(0, 1.0, 1.0, 1.0, 0.9)
    left = next((own.width for own in context.area.regions if own.type == "TOOLS"), 0) + _MARGIN * scale
    for number, line in enumerate(reversed(lines)):
        blf.position(0, left, (_MARGIN + number * 1.5 * _SIZE) * scale, 0)
        blf.draw(0, line)
    blf.disable(0, blf.SHADOW)
