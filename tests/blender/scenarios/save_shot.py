"""Sets up a shot, renders or makes plates, and saves it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare


def main(folder: str, field: str, frames: list[int], plates: bool) -> dict[str, Any]:
    """How the paths in the .blend are written."""
    scene = prepare(folder, field, "CYCLES", {})
    if plates:
        bpy.ops.spacetimepilot.make_plates(start=min(frames), end=max(frames))
    else:
        for frame in frames:
            scene.frame_set(frame)
            bpy.ops.render.render()
    bpy.ops.wm.save_mainfile()
    paths = [image.filepath for image in bpy.data.images if image.source == "FILE"]
    return {"paths": [*paths, bpy.context.object.spacetimepilot.file], "plates": _plates(folder)}


def _plates(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder, "spacetimepilot_plates").iterdir())
