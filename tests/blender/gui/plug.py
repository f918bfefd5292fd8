"""Pulls the plug while a viewport shows a field, in the window of the complete Blender: it must stay alive and say why.

Run by `real-blender gui` after `artist.py`, which leaves a baked field.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import addon_utils
import bpy
import real_blender as rb

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"
HOST = f"{EXTENSION}.spacetimepilot_blender"
WORK = Path(os.environ["SPACETIMEPILOT_GUI_WORK"])
_SECONDS = 120
_LONGEST_AWAY = 15.0
"""Seconds Blender may be busy with itself at once, on a screen that is drawn by software and shared with other work."""


def steps() -> Iterator[float]:
    """One fault after the other, each followed by the way back."""
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK / "plug.blend"))
    field = WORK / "plug.stp"
    shutil.copy(WORK / "shot.stp", field)
    bpy.context.scene.frame_end = 8
    # Small in the picture, so that whole pictures come soon.
    rb.view3d().spaces.active.region_3d.view_distance = 40.0
    with rb.context():
        bpy.ops.spacetimepilot.add_field(filepath=str(field))
    thing = bpy.context.view_layer.objects.active
    yield from _until(_whole, "the picture")

    yield from _killed(thing)
    yield from _hung()
    yield from _file_gone(field)
    yield from _file_replaced(field)
    yield from _fields_unlinked(thing, field)
    yield from _file_reloaded()
    yield from _disabled()
    print("every plug was pulled", flush=True)


def _killed(thing: bpy.types.Object) -> Iterator[float]:
    """The worker is killed while the artist scrubs: it comes back by itself."""
    first = _worker()
    os.kill(first.pid, signal.SIGKILL)
    for frame in range(2, 7):
        bpy.context.scene.frame_set(frame)
        yield 0.1
    yield from _until(lambda: _told("was killed") or _worker() is not first, "word of the killed worker")
    yield from _until(_whole, "the picture from another worker")
    assert _worker().pid != first.pid and thing.name in bpy.context.scene.objects


def _hung() -> Iterator[float]:
    """The worker hangs: Blender does not, and says for how long it has waited."""
    process = _worker()
    os.kill(process.pid, signal.SIGSTOP)
    _watch().previews.clear()
    bpy.context.scene.frame_set(3)
    rb.view3d().tag_redraw()
    yield from _until(lambda: _told("has not answered for"), "word of the hanging worker")
    os.kill(process.pid, signal.SIGCONT)
    yield from _until(_whole, "the picture once it goes on")


def _file_gone(field: Path) -> Iterator[float]:
    field.rename(field.with_suffix(".away"))
    bpy.context.scene.frame_set(4)
    _watch().previews.clear()
    rb.view3d().tag_redraw()
    yield from _until(lambda: _told("There is no field file"), "word of the missing file")
    field.with_suffix(".away").rename(field)
    yield from _until(_whole, "the picture once the file is back")


def _file_replaced(field: Path) -> Iterator[float]:
    """Baked again behind the scene's back: nothing of the new one is shown as if it were the old one."""
    shutil.copy(field, field.with_suffix(".old"))
    shutil.copy(WORK / "other.stp", field)
    bpy.context.scene.frame_set(5)
    _watch().previews.clear()
    rb.view3d().tag_redraw()
    yield from _until(lambda: _told("baked again or replaced"), "word of the other field")
    with rb.context():
        bpy.ops.spacetimepilot.reload_field()
    yield from _until(_whole, "the picture of the other field")
    shutil.copy(field.with_suffix(".old"), field)
    with rb.context():
        bpy.ops.spacetimepilot.reload_field()
    yield from _until(_whole, "the picture of the first field")


def _fields_unlinked(thing: bpy.types.Object, field: Path) -> Iterator[float]:
    """Two fields, taken away while their previews are on the way."""
    with rb.context():
        bpy.ops.spacetimepilot.add_field(filepath=str(field))
    second = bpy.context.view_layer.objects.active
    second.location.x = 1.0
    bpy.context.scene.frame_set(6)
    yield 0.3
    bpy.data.objects.remove(second)
    yield 0.5
    _collection(thing).objects.unlink(thing)
    yield from _until(lambda: _watch().shown() == [], "an empty viewport")
    bpy.context.scene.collection.objects.link(thing)
    yield from _until(_whole, "the picture of what is left")


def _file_reloaded() -> Iterator[float]:
    """Undo, and the same for what is read anew: names and memory change under everything."""
    with rb.context():
        bpy.ops.ed.undo_push(message="before")
        bpy.context.scene.frame_set(7)
        bpy.ops.ed.undo_push(message="after")
        bpy.ops.ed.undo()
    yield from _until(_whole, "the picture after an undo")


def _disabled() -> Iterator[float]:
    """The extension is disabled in the middle: no process, thread, folder or timer is left, and it can come back."""
    process, folder = _worker(), sys.modules[f"{HOST}.worker.worker_client"]._client._folder
    _watch().previews.clear()
    bpy.context.scene.frame_set(2)
    rb.view3d().tag_redraw()
    yield 0.2
    addon_utils.disable(EXTENSION, default_set=True)
    yield from _until(lambda: process.poll() is not None, "the worker's end")
    yield from _until(
        lambda: not any(thread.name == "spacetimepilot previews" for thread in threading.enumerate()),
        "its thread's end",
    )
    assert not folder.exists(), "the worker's folder is left"
    rb.view3d().tag_redraw()
    yield 0.5
    addon_utils.enable(EXTENSION, default_set=True, persistent=True)
    rb.view3d().tag_redraw()
    yield from _until(_whole, "the picture once it is enabled again")


def _until(holds: Callable[[], bool], what: str) -> Iterator[float]:
    """Wait, and see to it that Blender is never away for long meanwhile."""
    until, before = time.monotonic() + _SECONDS, time.monotonic()
    while not holds():
        assert time.monotonic() < until, f"{what} has not come: {_watch() and (_watch().shown(), _watch().failures)}"
        yield 0.1
        away, before = time.monotonic() - before, time.monotonic()
        assert away < _LONGEST_AWAY, f"Blender was away for {away:.1f} s while waiting for {what}"
    print(f"{what} is there", flush=True)


def _threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def _whole() -> bool:
    return _watch() is not None and _watch().shown() == ["picture 1/1"] and not _watch().failures


def _told(words: str) -> bool:
    """Whether a viewport says it."""
    return any(words in line for line in _watch().lines_of_all())


def _watch() -> Any:
    return sys.modules[f"{HOST}.viewport"].watch()


def _worker() -> Any:
    """The worker's process; None between one that is gone and the next."""
    client = sys.modules[f"{HOST}.worker.worker_client"]._client
    return None if client is None else client._process


def _collection(thing: bpy.types.Object) -> bpy.types.Collection:
    return thing.users_collection[0]


rb.drive(steps())
