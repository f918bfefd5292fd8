"""The list of bakes in one Blender after another: queue, pause, resume, retry, and what may go wrong meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import addon_utils
import bpy

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"
_SECONDS = 90


def main(folder: str, footage: str, act: str) -> dict[str, Any]:
    """What the act has seen."""
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/{act}.blend", compress=False)
    return ACTS[act](Path(folder), footage)


def _queue(folder: Path, footage: str) -> dict[str, Any]:
    """A bake that runs, one behind it; the first is paused, the second cancelled, the first resumed from its rest."""
    first, second = str(folder / "first.stp"), str(folder / "second.stp")
    _begin(first, footage)
    _until(first, lambda row: row.fraction > 0 and row.loss > 0)
    _begin(second, footage, queue=True)
    seen = {"waits": _until(second, lambda row: row.state == "queued").text}
    seen["refused"] = _said(bpy.ops.spacetimepilot.retry_bake, output=first)
    seen["picture"] = _picture(first)
    bpy.ops.spacetimepilot.pause_bake(output=first)
    seen["asked"] = _row(first).asked
    seen["paused"] = _until(first, lambda row: row.state == "paused").text
    _until(second, lambda row: row.state == "running" and row.fraction > 0)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    seen["in_another_file"] = [row.name for row in _rows()]
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/other.blend", compress=False)
    seen["in_the_blend"] = b"second.stp" in (folder / "other.blend").read_bytes()
    bpy.ops.spacetimepilot.cancel_bake(output=second)
    _until(second, lambda row: row.state == "stopped")
    bpy.ops.spacetimepilot.resume_bake(output=first)
    seen["resumed_at"] = _until(first, lambda row: row.state == "running" and row.fraction > 0).text
    return seen


def _found(folder: Path, _: str) -> dict[str, Any]:
    """The next Blender: what it finds, and what the buttons do with it."""
    first, second = str(folder / "first.stp"), str(folder / "second.stp")
    _look()
    seen: dict[str, Any] = {"found": {row.name: [row.state, row.blend] for row in _rows()}}
    _until(first, lambda row: row.state == "running" and row.fraction > 0)
    os.kill(_process(first), signal.SIGKILL)
    seen["killed"] = _until(first, lambda row: row.state == "killed").text
    bpy.ops.spacetimepilot.retry_bake(output=second)
    seen["retried"] = _until(second, lambda row: row.state == "running" and row.fraction > 0).text
    seen["running_removed"] = _said(bpy.ops.spacetimepilot.remove_bake, output=second)
    bpy.ops.spacetimepilot.cancel_bake(output=second)
    _until(second, lambda row: row.state == "stopped")
    shutil.rmtree(f"{second}.bake")
    seen["lost"] = _until(second, lambda row: row.state == "lost").text
    bpy.ops.spacetimepilot.remove_bake(output=second)
    _look()
    seen["left"] = [row.name for row in _rows()]
    return seen


def _disabled(folder: Path, footage: str) -> dict[str, Any]:
    """The extension is switched off while a bake runs, and on again."""
    output = str(folder / "third.stp")
    _begin(output, footage)
    process = _process(output)
    _until(output, lambda row: row.fraction > 0)
    threads = threading.active_count()
    addon_utils.disable(EXTENSION)
    time.sleep(1)
    os.kill(process, 0)
    seen = {"threads": threading.active_count() - threads}
    addon_utils.enable(EXTENSION)
    seen["again"] = _until(output, lambda row: row.state == "running" and row.fraction > 0).name
    bpy.ops.spacetimepilot.cancel_bake(output=output)
    _until(output, lambda row: row.state == "stopped")
    return seen


def _hangs(folder: Path, footage: str) -> dict[str, Any]:
    """The disk of one bake does not answer; the window must not wait, and the other bake is watched on."""
    from bl_ext.user_default.spacetimepilot_blender.bake.contract.bake_list import Listed, enlist
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.bakes import bake_reader, bake_watch

    mute, sound = str(folder / "mute.stp"), str(folder / "sound.stp")
    (folder / "sound.stp.bake").mkdir()
    for output in (mute, sound):
        enlist(Listed(output, footage))
    answer, read = threading.Event(), bake_reader.find_result
    bake_reader.find_result = lambda output: (str(output) == mute and answer.wait(_SECONDS), read(output))[1]
    bake_reader._SILENT_SECONDS = 0.5
    longest, until = 0.0, time.monotonic() + 3
    while time.monotonic() < until:
        began = _own_seconds()
        bake_watch._look()
        longest = max(longest, _own_seconds() - began)
        time.sleep(0.1)
    seen = {"longest": longest, "mute": _row(mute).text, "sound": _row(sound).text}
    threads = threading.active_count()
    for _ in range(20):
        bake_watch._look()
    seen["more_threads"] = threading.active_count() - threads
    answer.set()
    time.sleep(0.5)
    return seen


def _own_seconds() -> float:
    """A clock that stands still while this thread would go on but other programs have all cores."""
    _, without_a_core, _ = Path("/proc/thread-self/schedstat").read_text().split()
    return time.perf_counter() - int(without_a_core) / 1e9


def _begin(output: str, footage: str, queue: bool = False) -> None:
    """As the button does in a window; without one it would wait for the end."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.bakes import bake_watch
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.bakes.bake_job import BakeJob
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.footage.shot_source import bake_order

    shot = bpy.context.scene.spacetimepilot
    shot.footage_path, shot.output_path, shot.preset, shot.minutes = footage, output, "preview", 30.0
    bake_watch.watch(BakeJob.start(bake_order(bpy.context.scene, bpy.context.view_layer, queue=queue)))


def _look() -> None:
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.bakes import bake_watch

    bake_watch.look_now()


def _rows() -> Any:
    return bpy.context.window_manager.spacetimepilot.bakes


def _row(output: str) -> Any:
    return next((row for row in _rows() if row.output == output), None)


def _until(output: str, wanted: Callable[[Any], bool]) -> Any:
    until = time.monotonic() + _SECONDS
    while True:
        _look()
        row = _row(output)
        if row is not None and wanted(row):
            return row
        told = None if row is None else (row.state, row.text)
        assert time.monotonic() < until, f"{output} never came to that: {told}"
        time.sleep(0.2)


def _said(operator: Callable[..., object], **options: Any) -> str:
    try:
        return str(operator(**options))
    except RuntimeError as error:
        return str(error)


def _process(output: str) -> int:
    from bl_ext.user_default.spacetimepilot_blender.bake.contract.bake_folder import read_bake

    while (record := read_bake(Path(output))) is None:
        time.sleep(0.05)
    return record.process


def _picture(output: str) -> list[int]:
    """Size of the picture that the sidebar shows, once there is one; icons have no numbers in the background."""
    from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.bakes import bake_picture

    row = _until(output, lambda row: row.picture)
    there = len(bpy.data.images)
    bake_picture.icon_of(row.output, row.picture, row.pictured)
    assert len(bpy.data.images) == there, "the picture has become part of the .blend"
    return list(bake_picture._previews[output].image_size)


ACTS = {"queue": _queue, "found": _found, "disabled": _disabled, "hangs": _hangs}
