"""Asks for the report of a field, first without one, then with one; what a browser is handed, it writes down."""

from __future__ import annotations

import io
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import bpy


def main(field: str, page: str, handed: str) -> dict[str, Any]:
    """Whether the button could be pressed before and after, what the operator says, and what the browser was handed."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.bakes.report import open_page

    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.spacetimepilot.add_field(filepath=field)
    before = bpy.ops.spacetimepilot.open_report.poll()
    try:
        bpy.ops.spacetimepilot.open_report()
        refusal = ""
    except RuntimeError as error:
        refusal = str(error)
    Path(page).write_text("<!DOCTYPE html><title>report</title>", encoding="utf-8")
    after = bpy.ops.spacetimepilot.open_report.poll()
    told = io.StringIO()
    with redirect_stdout(told):
        result = bpy.ops.spacetimepilot.open_report()
    unopened = not Path(handed).exists()
    open_page(Path(page))
    until = time.monotonic() + 20
    while not Path(handed).exists() and time.monotonic() < until:
        time.sleep(0.05)
    return {
        "before": before,
        "refusal": refusal,
        "after": after,
        "result": sorted(result),
        "told": told.getvalue(),
        "unopened": unopened,
        "handed": Path(handed).read_text(encoding="utf-8") if Path(handed).exists() else "",
    }
