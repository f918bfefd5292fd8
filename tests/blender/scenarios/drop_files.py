"""Drops files into the 3D viewport, as Blender does when somebody lets go of them there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy


def main(folder: str, drops: list[list[str]], editor: str) -> dict[str, Any]:
    """After each drop: what was said, the shot's capture, and the fields with where they stand."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    bpy.context.scene.spacetimepilot.source = "SCENE"
    found = []
    for paths in drops:
        said = _dropped(paths, editor)
        shot = bpy.context.scene.spacetimepilot
        found.append({"said": said, "source": shot.source, "capture": shot.footage_path, "fields": _fields()})
    return {"found": found}


def _dropped(paths: list[str], editor: str) -> str:
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    area.type = editor
    region = next(region for region in area.regions if region.type == "WINDOW")
    try:
        with bpy.context.temp_override(window=window, screen=window.screen, area=area, region=region):
            return str(
                bpy.ops.wm.drop_import_file(
                    "INVOKE_DEFAULT",
                    directory=f"{Path(paths[0]).parent}/",
                    files=[{"name": Path(path).name} for path in paths],
                )
            )
    except RuntimeError as error:
        return str(error)
    finally:
        area.type = "VIEW_3D"


def _fields() -> list[list[Any]]:
    bpy.context.view_layer.update()
    fields = sorted((thing for thing in bpy.context.scene.objects), key=lambda thing: thing.name)
    return [[thing.name, thing.location[:], thing.matrix_world.translation[:]] for thing in fields]
