"""What a viewport says about its fields, in its lower left corner: what is shown, how true it is, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

import blf
import bpy

_SIZE = 11
_MARGIN = 12


def draw_lines(lines: Sequence[str], context: bpy.types.Context) -> None:
    """Write lines into the viewport that is being drawn, the last one lowest; long ones over several."""
    scale = context.preferences.system.ui_scale
    blf.size(0, _SIZE * scale)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 3, 0.0, 0.0, 0.0, 0.8)
    blf.color(0, 1.0, 1.0, 1.0, 0.9)
    shown = {own.type: own for own in context.area.regions}
    left = (shown["TOOLS"].width if "TOOLS" in shown else 0) + _MARGIN * scale
    beside = shown["UI"].width if "UI" in shown else 0
    room = context.region.width - beside - left - _MARGIN * scale
    bottom = _MARGIN * scale + _covered(context.region, shown.get("HUD"))
    rows = [row for line in lines for row in _rows(line, room)]
    for number, row in enumerate(reversed(rows)):
        blf.position(0, left, bottom + number * 1.5 * _SIZE * scale, 0)
        blf.draw(0, row)
    blf.disable(0, blf.SHADOW)


def _rows(line: str, room: float) -> list[str]:
    """A line as rows of at most so many pixels, in the size that is set; a single word may be wider."""
    rows = [""]
    for word in line.split(" "):
        longer = f"{rows[-1]} {word}" if rows[-1] else word
        if rows[-1] and blf.dimensions(0, longer)[0] > room:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows


def _covered(region: bpy.types.Region, settings: bpy.types.Region | None) -> float:
    """Pixels from the viewport's lower edge up to where the panel with the last operator's settings ends."""
    if settings is None or (settings.x, settings.y) == (0, 0):  # Hidden; Blender leaves its size as it was.
        return 0.0
    return float(settings.y + settings.height - region.y)
