"""Asks every operator of the extension why it cannot be pressed, in a scene that has nothing for it."""

from __future__ import annotations

import bpy


def main(field: str) -> dict[str, dict[str, str]]:
    """What each operator that is greyed out says, in an empty scene and with a field that nobody has selected."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    found = {"nothing there": _refusals()}
    bpy.ops.spacetimepilot.add_field(filepath=field)
    bpy.context.view_layer.objects.active = None
    found["field not selected"] = _refusals()
    return found


def _refusals() -> dict[str, str]:
    said = {}
    for name in dir(bpy.ops.spacetimepilot):
        operator = getattr(bpy.ops.spacetimepilot, name)
        if operator.poll():
            continue
        try:
            operator()
        except RuntimeError as error:
            said[name] = str(error).strip()
    return said
