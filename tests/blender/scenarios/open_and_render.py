"""Opens a saved shot and renders frames of it."""

from __future__ import annotations

from typing import Any

import bpy


def main(blend: str, frames: list[int]) -> dict[str, Any]:
    """Paths of the pictures by frame."""
    bpy.ops.wm.open_mainfile(filepath=blend)
    scene = bpy.context.scene
    written = {}
    for frame in frames:
        scene.frame_set(frame)
        scene.render.filepath = f"{blend}.{frame}.exr"
        bpy.ops.render.render(write_still=True)
        written[frame] = scene.render.filepath
    return {"frames": written}
