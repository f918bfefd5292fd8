"""What of a camera and its shutter a plate cannot match is refused in words, for each before anything is rendered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import apply, prepare

REFUSED: dict[str, dict[str, Any]] = {
    "stereo": {"render.use_multiview": True},
    "panorama": {"camera.type": "PANO"},
    "rolling": {"render.use_motion_blur": True, "cycles.rolling_shutter_type": "TOP"},
    "exact orthographic": {"field.merge": "exact", "camera.type": "ORTHO", "camera.dof.use_dof": True},
}


def main(folder: str, field: str) -> dict[str, str]:
    """What Make Plates says, by case."""
    told = {}
    for name, changes in REFUSED.items():
        scene = prepare(folder, field, "CYCLES", {})
        for path, value in changes.items():
            apply(scene, path, value)
        try:
            bpy.ops.spacetimepilot.make_plates(start=4, end=4)
        except RuntimeError as error:
            told[name] = str(error)
    return told
