"""Keeps settings as presets, changes them, and brings them back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy


def main(folder: str, field: str) -> dict[str, Any]:
    """For each kind of preset: what was kept, what came back, what undo made of it, and what the list shows."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    bpy.ops.spacetimepilot.add_field(filepath=field)
    add = bpy.ops.spacetimepilot
    return {
        "bake": _round(_shot, add.add_bake_preset, {"preset": "final", "hold_out": 8, "output_path": "//kept.stp"}),
        "time": _round(_field, add.add_time_preset, {"mode": "slow_mo", "slow_from": 12.5, "shot_time": 3.0}),
        "look": _round(_field, add.add_look_preset, {"quality": "preview", "exposure": -1.5, "use_crop": True}),
        "broken": _broken(),
    }


def _shot() -> Any:
    return bpy.context.scene.spacetimepilot


def _field() -> Any:
    return bpy.context.object.spacetimepilot


def _round(settings: Callable[[], Any], add: Callable[..., object], values: dict[str, Any]) -> dict[str, Any]:
    before = {name: getattr(settings(), name) for name in values}
    for name, value in values.items():
        setattr(settings(), name, value)
    add(name="Kept")
    files = _lister(add)
    (file,) = files()
    for name, value in before.items():
        setattr(settings(), name, value)
    bpy.ops.ed.undo_push(message="Before the preset")
    bpy.ops.spacetimepilot.apply_preset("EXEC_DEFAULT", True, filepath=str(file), menu_idname=_panel(add))
    applied = {name: getattr(settings(), name) for name in values}
    bpy.ops.ed.undo()
    undone = {name: getattr(settings(), name) for name in values}
    add(name="Kept", remove_name=True)
    return {"before": before, "applied": applied, "undone": undone, "left": [path.name for path in files()]}


def _word(add: Any) -> str:
    return add.idname_py().removeprefix("spacetimepilot.add_").removesuffix("_preset")


def _panel(add: Any) -> str:
    return f"SPACETIMEPILOT_PT_{_word(add)}_presets"


def _lister(add: Any) -> Callable[[], list[Path]]:
    """Lists the presets where the panel looks for them."""
    kind = getattr(bpy.types, _panel(add))
    return lambda: [
        path for folder in bpy.utils.preset_paths(kind.preset_subdir) for path in sorted(Path(folder).glob("*.py"))
    ]


def _broken() -> str:
    """A preset that names a setting which this version does not know."""
    path = Path(bpy.utils.user_resource("SCRIPTS", path="presets", create=True), "old.py")
    path.write_text("import bpy\nbpy.context.scene.spacetimepilot.preset = 'gone'\n", encoding="utf-8")
    try:
        panel = "SPACETIMEPILOT_PT_bake_presets"
        return str(bpy.ops.spacetimepilot.apply_preset(filepath=str(path), menu_idname=panel))
    except RuntimeError as error:
        return str(error)
