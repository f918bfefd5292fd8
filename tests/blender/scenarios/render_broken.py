"""Breaks one thing and renders: the process has to end, so that no wrong frame is taken for a right one."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from render_frames import prepare


def main(folder: str, field: str, fault: str, animation: bool) -> dict[str, str]:
    """Never returns, if all is well."""
    scene = prepare(folder, field, "CYCLES", {})
    FAULTS[fault](scene, Path(field))
    scene.frame_start, scene.frame_end = 3, 4
    scene.frame_set(3)
    scene.render.filepath = f"{folder}/broken_"
    bpy.ops.render.render(animation=animation, write_still=True)
    return {"rendered": "all the same"}


def _panoramic(scene: bpy.types.Scene, _: Path) -> None:
    scene.camera.data.type, scene.camera.data.panorama_type = "PANO", "MIRRORBALL"


def _short(_: bpy.types.Scene, field: Path) -> None:
    field.write_bytes(field.read_bytes()[:-100])


def _newer(_: bpy.types.Scene, field: Path) -> None:
    field.write_bytes(re.sub(rb'(format_version\\": )\d', rb"\g<1>9", field.read_bytes()))


def _replaced(_: bpy.types.Scene, field: Path) -> None:
    field.write_bytes(field.with_name("other.stp").read_bytes())


def _dying(scene: bpy.types.Scene, _: Path) -> None:
    """A worker that gets killed over a plate that takes long."""
    import os
    import signal
    import subprocess
    import threading
    import time

    scene.render.resolution_x = scene.render.resolution_y = 3000
    scene.camera.data.lens = 400

    def kill() -> None:
        while not (found := subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True).stdout):
            time.sleep(0.05)
        time.sleep(6)
        os.kill(int(found.split()[0]), signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()


FAULTS: dict[str, Callable[[bpy.types.Scene, Path], object]] = {
    "nothing": lambda *_: None,
    "panoramic camera": _panoramic,
    "no field file": lambda _, field: field.unlink(),
    "short field file": _short,
    "garbage": lambda _, field: field.write_bytes(b"garbage" * 100),
    "newer field file": _newer,
    "replaced field file": _replaced,
    "worker killed": _dying,
}
