"""Runs the extension's command as `blender --command spacetimepilot ...` does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare


def main(folder: str, field: str, lines: list[list[str]]) -> dict[str, Any]:
    """Exit codes of the command lines, one after the other."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.cli_command import run

    prepare(folder, field, "CYCLES", {})
    bpy.context.scene.render.filepath = f"{folder}/frame_####"
    codes = []
    for words in lines:
        print(f"--- {' '.join(words)}", flush=True)
        print(f"--- {' '.join(words)}", file=sys.stderr, flush=True)
        codes.append(int(run(words)))
    return {"codes": codes}
