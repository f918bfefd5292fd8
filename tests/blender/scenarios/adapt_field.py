"""Lets a field go on with new footage by the sidebar's operators, as a script does, and undoes the change of file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy


def main(folder: str, field: str, footage: str) -> dict[str, Any]:
    """What was said, and what the field shows after each step."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    act = bpy.ops.spacetimepilot
    greyed = act.adapt_field.poll()
    act.add_field(filepath=field)
    seen = [_shown()]
    told = [_said(act.adapt_field, footage=f"{folder}/nowhere"), _said(act.adapt_field, footage=footage)]
    told.append(_said(act.adapt_field, footage=footage, output=field, first_frame=10))
    act.adapt_field(footage=footage, first_frame=10, budget=1)
    output = str(Path(folder, "box.v2.stp"))
    seen.append(_shown())
    bpy.ops.ed.undo_push(message="Before")
    act.use_version("EXEC_DEFAULT", True, output=output)
    seen.append(_shown())
    told.append(_said(act.use_version, output=output))
    bpy.ops.ed.undo()
    seen.append(_shown())
    return {"greyed": not greyed, "told": told, "seen": seen, "made": Path(output).is_file(), "row": _row(output)}


def _shown() -> list[Any]:
    settings = bpy.context.object.spacetimepilot
    return [Path(settings.file).name.lstrip("/"), settings.last_frame, settings.content_hash[:8], settings.bounds_left]


def _row(output: str) -> dict[str, Any]:
    """How it stands in the list of bakes."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.bakes import bake_watch

    bake_watch.look_now()
    rows = bpy.context.window_manager.spacetimepilot.bakes
    told = ("state", "text", "adapts", "warning")
    return next({name: getattr(row, name) for name in told} for row in rows if row.output == output)


def _said(operator: Callable[..., object], **options: Any) -> str:
    try:
        return str(operator(**options))
    except RuntimeError as error:
        return str(error)
