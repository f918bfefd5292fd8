"""Enables and disables the extension ten times and compares what Blender then knows."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from typing import Any

import addon_utils
import bpy

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"
ENABLES_ITSELF = True
TIMES = 10


def main() -> dict[str, Any]:
    """What is left over after the last time, and what differs between the first and the last time it is enabled."""
    without = _known()
    first: Counter[str] = Counter()
    for _ in range(TIMES):
        addon_utils.enable(EXTENSION)
        assert addon_utils.check(EXTENSION)[1], "it does not come on again"
        enabled = _known()
        handles = sys.modules[f"{EXTENSION}.spacetimepilot_blender.overlays.drawing"]._handles
        assert len(handles) == 2, "Blender draws the overlays"
        first = first or enabled
        addon_utils.disable(EXTENSION)
        assert not handles, "Blender would go on drawing them"
    return {"left": _more(_known(), without), "grown": _more(enabled, first)}


def _known() -> Counter[str]:
    """How many there are of everything that an extension can leave behind."""
    known = Counter({"threads": threading.active_count()})
    known.update(f"type {name}" for name in dir(bpy.types))
    for name in dir(bpy.app.handlers):
        handlers = getattr(bpy.app.handlers, name)
        if isinstance(handlers, list):
            known.update(f"handler {name}: {getattr(handler, '__qualname__', handler)}" for handler in handlers)
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name)
        if isinstance(getattr(kind, "bl_rna", None), bpy.types.Struct):
            known.update(f"property {name}.{key}" for key in kind.bl_rna.properties.keys())  # noqa: SIM118  # not a dictionary
        drawn = getattr(getattr(kind, "draw", None), "_draw_funcs", ())
        known.update(f"entry in {name}: {draw.__qualname__}" for draw in drawn if draw.__qualname__ != f"{name}.draw")
    for name in dir(bpy.ops):
        known.update(f"operator {name}.{key}" for key in dir(getattr(bpy.ops, name)))
    manager = bpy.context.window_manager
    keys = manager.keyconfigs.addon if manager else None
    if keys is not None:
        known["keymap items"] = sum(len(keymap.keymap_items) for keymap in keys.keymaps)
    return known


def _more(after: Counter[str], before: Counter[str]) -> dict[str, int]:
    """What there is more of, and by how much; less is negative."""
    return {name: after[name] - before[name] for name in sorted(after | before) if after[name] != before[name]}
