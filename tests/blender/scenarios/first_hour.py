"""Sets the worker up as the button does, is interrupted in the ways that happen, and loads the sample shot."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"


def main(act: str, tries: list[tuple[str, str]]) -> dict[str, Any]:
    """What was said in each try, with a folder of wheels and a Python to make the environment with; what is then."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.sentences import worker_found
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.worker.set_up_watch import set_up_view

    settings = bpy.context.preferences.addons[EXTENSION].preferences
    said = []
    for settings.wheels, settings.base_python in tries:
        said.append(ACTS[act]())
    return {
        "said": said,
        "state": set_up_view().state.value,
        "left": sorted(path.name for path in _folder().glob("*")),
        "worker": worker_found(),
    }


def _folder() -> Path:
    return Path(bpy.utils.extension_path_user(EXTENSION, path="worker"))


def _said(operator: Callable[..., object], **options: Any) -> str:
    try:
        return str(operator(**options))
    except RuntimeError as error:
        return str(error)


def _set_up() -> str:
    return _said(bpy.ops.spacetimepilot.set_up_worker)


def _cancelled() -> str:
    """Somebody presses Cancel while packages are being installed."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.worker import set_up_watch

    def cancel_with_pip() -> None:
        while not list(_folder().glob("*/tmp")):
            time.sleep(0.02)
        set_up_watch.cancel()

    threading.Thread(target=cancel_with_pip, daemon=True).start()
    return _set_up()


def _killed() -> str:
    """Blender ends without a word while packages are being installed."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.worker.set_up_job import (
        SetUpJob,
        plan_set_up,
    )

    SetUpJob(plan_set_up())
    while not list(_folder().glob("*/tmp")):
        time.sleep(0.02)
    os._exit(9)


def _twice() -> str:
    """Another Blender is at it already."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.worker.set_up_job import (
        SetUpJob,
        plan_set_up,
    )

    first = SetUpJob(plan_set_up())
    said = _set_up()
    first.cancel()
    first.wait(lambda _: None)
    return said


def _sample() -> str:
    """The newcomer's way on: sample, check, undo; then again, with the .blend saved."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.ed.undo_push(message="Start")
    before = _shot()
    bpy.ops.spacetimepilot.load_sample("EXEC_DEFAULT", True)
    footage, output, preset, minutes = _shot()
    assert Path(footage, "LICENSE").is_file() and preset == "preview" and 0 < minutes <= 2
    assert not Path(output).is_relative_to(bpy.app.tempdir), "what is baked would go with this Blender"
    said = _said(bpy.ops.spacetimepilot.check_footage)
    said += f" {bpy.context.window_manager.spacetimepilot.checked}"
    bpy.ops.ed.undo()
    assert _shot() == before
    assert not _found(), "it was about other footage"
    bpy.context.scene.spacetimepilot.footage_path = footage
    assert _said(bpy.ops.spacetimepilot.check_footage) == "{'FINISHED'}", (
        "what is looked at needs no place to be written"
    )
    assert "75 pictures" in _found()
    bpy.ops.wm.save_as_mainfile(filepath=str(_folder().parent / "shot.blend"))
    bpy.ops.spacetimepilot.load_sample()
    assert _shot()[1] == "//hand_books.stp"
    return said


def _found() -> str:
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.footage.footage_check import found_by_check

    return found_by_check(bpy.context.scene)


def _shot() -> tuple[str, str, str, float]:
    shot = bpy.context.scene.spacetimepilot
    return shot.footage_path, shot.output_path, shot.preset, shot.minutes


ACTS: dict[str, Callable[[], str]] = {
    "set up": _set_up,
    "cancelled": _cancelled,
    "killed": _killed,
    "twice": _twice,
    "sample": _sample,
}
