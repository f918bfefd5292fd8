"""What of a camera and its shutter a plate cannot match is refused in words, for each before anything is rendered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import apply, prepare

PANORAMA: dict[str, Any] = {"camera.type": "PANO", "camera.panorama_type": "EQUIRECTANGULAR"}
REFUSED: dict[str, dict[str, Any]] = {
    "stereo": {"render.use_multiview": True},
    "mirror ball": {"camera.type": "PANO", "camera.panorama_type": "MIRRORBALL"},
    "empty": {**PANORAMA, "camera.longitude_min": 1.0, "camera.longitude_max": 0.5},
    "other engine": {**PANORAMA, "render.engine": "BLENDER_WORKBENCH"},
    "exact panorama": {**PANORAMA, "field.merge": "exact"},
    "lens of a panorama": {**PANORAMA, "camera.dof.use_dof": True},
    "vectors of a panorama": {**PANORAMA, "field.layer_vector": True},
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
