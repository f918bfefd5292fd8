"""A field compressed by its button, headless: used, undone, and refused a second time."""

from __future__ import annotations

from typing import Any

import bpy


def main(folder: str, field: str) -> dict[str, Any]:
    """What the field object shows before, after and undone; whether it may be compressed again; and a refusal."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    bpy.ops.spacetimepilot.add_field(filepath=field)
    name = bpy.context.object.name
    before = _shown(name)
    try:
        bpy.ops.spacetimepilot.compress(footage=f"{folder}/nothing.json")
        refusal = ""
    except RuntimeError as error:
        refusal = str(error)
    refused = _shown(name)
    bpy.ops.ed.undo_push(message="Ready")
    result = sorted(bpy.ops.spacetimepilot.compress("EXEC_DEFAULT", True, minutes=0.01))
    after, again = _shown(name), bpy.ops.spacetimepilot.compress.poll()
    bpy.ops.ed.undo()
    return {
        "before": before,
        "refusal": refusal,
        "refused": refused,
        "result": result,
        "after": after,
        "again": again,
        "undone": _shown(name),
    }


def _shown(name: str) -> list[str]:
    settings = bpy.data.objects[name].spacetimepilot
    return [settings.file, settings.content_hash, settings.compression]
