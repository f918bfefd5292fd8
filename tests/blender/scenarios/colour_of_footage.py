"""Says what footage was recorded in: by its clip, by name, and by a name that does not exist."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from export_cameras import _filming

HOST = "bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender"


def main(folder: str, capture: str) -> dict[str, Any]:
    """What the sidebar's settings become."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    scene = bpy.context.scene
    document = json.loads(Path(capture).read_text(encoding="utf-8"))
    scene.render.resolution_x, scene.render.resolution_y = document["w"], document["h"]
    scene.camera = _filming(document)
    clip = bpy.data.movieclips.load(str(Path(capture).parent / document["frames"][0]["file_path"]))
    clip.frame_start = 11
    scene.active_clip = clip
    shot = scene.spacetimepilot
    shot.source = "SCENE"
    bpy.ops.spacetimepilot.add_stream()
    found: dict[str, Any] = {"of a clip": shot.streams[0].colour_space}
    clip.colorspace_settings.name = "Filmic Log"
    bpy.ops.spacetimepilot.take_colour_space()
    found["of the clip, taken over"] = shot.streams[0].colour_space
    found["checked"] = _checked()
    shot.streams[0].colour_space = "Filmic Lag"
    found["unknown"] = _checked()
    shot.streams[0].colour_space = "Filmic Log"
    bpy.ops.spacetimepilot.check_footage()
    shot.streams[0].clip = None
    found["no clip"] = bpy.ops.spacetimepilot.take_colour_space.poll()
    shot.source, shot.footage_path, shot.colour_space = "FILE", capture, "Filmic Log"
    source = importlib.import_module(f"{HOST}.footage.shot_source")
    order = source.bake_order(scene, bpy.context.view_layer)
    found["capture"] = {name: order.settings[name] for name in ("colour_space", "ocio")}
    return found | {"description": f"{folder}/shot.shot.json"}


def _checked() -> str:
    try:
        bpy.ops.spacetimepilot.check_footage()
        return str(bpy.context.window_manager.spacetimepilot.checked)
    except RuntimeError as error:
        return str(error)
