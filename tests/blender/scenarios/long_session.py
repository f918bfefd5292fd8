"""Renders an animation, a new plate for every frame, and watches the memory of Blender and of its worker."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare

PACKAGE = "bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender"


def main(folder: str, field: str, frames: int, end: str) -> dict[str, Any]:
    """Resident bytes of Blender and worker after every frame, and the worker's process.

    `end` is "usual", "worker killed", where Blender then ends as usual, "Blender killed" or "both killed".
    """
    scene = prepare(folder, field, "CYCLES", {"field.mode": "ping_pong"})
    scene.frame_start, scene.frame_end = 1, frames
    scene.camera.animation_data_clear()
    for frame, place in ((1, -0.3), (frames, 0.3)):
        scene.camera.location.x = place
        scene.camera.keyframe_insert("location", index=0, frame=frame)
    worker = importlib.import_module(f"{PACKAGE}.worker.worker_client").worker()._process.pid
    seen: list[tuple[int, int]] = []

    def look(*_: Any) -> None:
        seen.append((resident(os.getpid()), resident(worker)))

    bpy.app.handlers.render_post.append(look)
    scene.render.filepath = f"{folder}/frame_"
    bpy.ops.render.render(animation=True)
    bpy.app.handlers.render_post.remove(look)
    Path(folder, "worker").write_text(str(worker))
    if end in ("worker killed", "both killed"):
        os.kill(worker, signal.SIGKILL)
    if end in ("Blender killed", "both killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    return {"seen": seen}


def resident(process: int) -> int:
    """Bytes in RAM that are this process's own."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return 1024 * int(dict(line.split(":", 1) for line in lines)["RssAnon"].split()[0])
