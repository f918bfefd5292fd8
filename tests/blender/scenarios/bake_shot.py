"""Bakes through the operators, in the ways that artists and farms do and are interrupted."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy


def main(folder: str, footage: str, act: str, settings: dict[str, Any]) -> dict[str, Any]:
    """How the bake stands at the end, and what the operator said."""
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/shot.blend")
    shot = bpy.context.scene.spacetimepilot
    shot.footage_path, shot.preset = footage, "preview"
    for name, value in settings.items():
        setattr(shot, name, value)
    said = ACTS[act]()
    now = bpy.context.window_manager.spacetimepilot
    return {
        "said": said,
        "state": now.state,
        "text": now.text,
        "fraction": now.fraction,
        "checked": now.checked,
        "field": Path(folder, "shot.stp").is_file(),
        "left": sorted(path.name for path in Path(folder, "shot.stp.bake").glob("*")),
    }


def _said(operator: Callable[..., object], **options: Any) -> str:
    try:
        return str(operator(**options))
    except RuntimeError as error:
        return str(error)


def _bake() -> str:
    return _said(bpy.ops.spacetimepilot.bake)


def _resume() -> str:
    return _said(bpy.ops.spacetimepilot.bake, resume=True)


def _check() -> str:
    return _said(bpy.ops.spacetimepilot.check_footage)


def _killed() -> str:
    """Somebody kills the worker as soon as it has a checkpoint."""
    threading.Thread(target=_kill_with_checkpoint, daemon=True).start()
    return _bake()


def _cancelled() -> str:
    """Somebody else asks for a stop as soon as it trains."""
    threading.Thread(target=_ask_with_progress, daemon=True).start()
    return _bake()


def _twice() -> str:
    """Another Blender bakes the same field file."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.bakes.bake_job import BakeJob
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.footage.shot_source import bake_order

    first = BakeJob.start(bake_order(bpy.context.scene, bpy.context.view_layer))
    while first.look().progress is None:
        time.sleep(0.1)
    said = _bake()
    first.cancel()
    first.wait(lambda _: None)
    return said


def _state_folder() -> Path:
    return Path(bpy.path.abspath("//shot.stp.bake"))


def _kill_with_checkpoint() -> None:
    from bl_ext.user_default.spacetimepilot_blender.bake.contract.bake_folder import read_bake

    output = Path(bpy.path.abspath("//shot.stp"))
    while not (_state_folder() / "checkpoint.safetensors").exists():
        time.sleep(0.05)
    record = read_bake(output)
    assert record is not None
    os.kill(record.process, signal.SIGKILL)


def _ask_with_progress() -> None:
    from bl_ext.user_default.spacetimepilot_blender.bake.contract.bake_folder import ask_to_stop, read_bake

    output = Path(bpy.path.abspath("//shot.stp"))
    while (record := read_bake(output)) is None or getattr(record.message, "step", 0) < 1:
        time.sleep(0.05)
    ask_to_stop(output)


ACTS: dict[str, Callable[[], str]] = {
    "bake": _bake,
    "resume": _resume,
    "check": _check,
    "killed": _killed,
    "cancelled": _cancelled,
    "twice": _twice,
}
