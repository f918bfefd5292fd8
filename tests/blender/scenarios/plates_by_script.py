"""Makes a plate ahead of time right after a script has changed the field's time, then renders that frame."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare


def main(folder: str, field: str) -> dict[str, Any]:
    """Plates after they were made, and after the render."""
    scene = prepare(folder, field, "CYCLES", {})
    scene.frame_set(3)
    bpy.context.view_layer.update()
    settings = bpy.context.object.spacetimepilot
    settings.mode, settings.freeze_at = "freeze", 6.0
    bpy.ops.spacetimepilot.make_plates(start=3, end=3)
    made = _plates(folder)
    bpy.ops.render.render()
    return {"made": made, "rendered": _plates(folder)}


def _plates(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder, "spacetimepilot_plates").glob("*.exr"))
