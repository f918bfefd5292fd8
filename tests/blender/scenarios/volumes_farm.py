"""A field that is traced as a volume, by command line, in renders and on a farm."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare


def main(folder: str, field: str, beyond: int) -> dict[str, Any]:
    """Exit codes of command lines, and pictures of frames 3 to 5.

    Parameters
    ----------
    beyond : int
        A frame to be rendered before anything is prepared, if it is not 0.
    """
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.cli_command import run

    scene = prepare(folder, field, "CYCLES", {})
    scene.cycles.samples = 4
    thing = bpy.context.object
    thing.location, thing.rotation_euler, thing.scale = (0.3, 0.2, 0.1), (0.2, 0.1, 0.4), (0.8, 0.8, 0.8)
    codes = [int(run(["make-volumes", "--frames", "3", "5", "--voxels", "16", "--field", "nobody"]))]
    codes.append(int(run(["make-volumes", "--frames", "3", "5", "--voxels", "16", "--save"])))
    thing.spacetimepilot.volume_to_camera = True
    if beyond:
        scene.frame_set(beyond)
        bpy.ops.render.render(write_still=True)
    pictures = {}
    for frame in (5, 3, 4):
        scene.frame_set(frame)
        scene.render.filepath = pictures[frame] = f"{folder}/addon_{frame:04d}.exr"
        bpy.ops.render.render(write_still=True)
    bpy.ops.wm.save_mainfile()
    (shown,) = (child for child in thing.children if child.type == "VOLUME")
    before = _state(shown)
    codes.append(int(run(["prepare-farm", "--frames", "3", "5"])))
    return {"codes": codes, "pictures": pictures, "before": before, "after": _state(shown)}


def _state(shown: bpy.types.Object) -> list[Any]:
    data = shown.data
    return [data.filepath, data.is_sequence, data.frame_start, data.frame_duration, data.frame_offset]
