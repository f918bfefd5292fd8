"""How soon Blender answers while somebody scrubs a field, in a viewport that is small enough for software to draw.

Run by `real-blender gui` after `artist.py`, which leaves a baked field. Every figure stands beside that of the same
viewport without the field. Where software draws the window, most of each is the window itself; so the extension's own
share, its processor time in the thread that serves the interface, is told apart, and held to its limit.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import real_blender as rb

sys.path.insert(0, str(Path(__file__).parent))
from product import WORK, part, until

_FRAMES = 48
_WAIT_SECONDS = 180
_PLAYED_SECONDS = 6
_OWN_MS = 50.0
"""What the extension may take of the interface's time at a frame change, at the 95th percentile."""


def steps() -> Iterator[float]:
    """Scrub and play without the field; with it, while its previews are made; and once they are there."""
    settings = _prepare()
    yield 3
    settings.in_viewport = False
    yield 2
    yield from _scrub("no field")
    yield from _play("no field")
    settings.in_viewport = True
    yield from until(lambda: _previews() > 0, _WAIT_SECONDS, "the first preview")
    watch().forget()
    yield from _scrub("field, previews are made")
    yield from until(lambda: len(_cached()) == _FRAMES, _WAIT_SECONDS, "the preview of every frame")
    yield from _scrub("field, previews are there")
    yield from _play("field, previews are there")
    rb.shot(str(WORK / "screenshots/13_scrubbing.png"))


def watch() -> Any:
    """What the extension keeps for viewports."""
    return part("viewport").watch()


def _cached() -> set[int]:
    return watch().cached_frames(bpy.context.scene)


def _prepare() -> Any:
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK / "scrubbing.blend"))
    scene = bpy.context.scene
    for name in ("Cube", "Light", "Camera"):
        bpy.data.objects.remove(bpy.data.objects[name])
    with rb.context():
        bpy.ops.spacetimepilot.add_field(filepath=str(WORK / "shot.stp"))
        bpy.ops.spacetimepilot.add_footage_camera()
        bpy.ops.view3d.view_camera()
    for direction in ("VERTICAL", "HORIZONTAL"):
        _shrink(direction)
    space = rb.view3d().spaces.active
    space.overlay.show_overlays = space.show_gizmo = False
    space.show_region_toolbar = space.show_region_header = space.show_region_tool_header = False
    scene.frame_start, scene.frame_end = 1, _FRAMES
    return next(thing for thing in scene.objects if thing.spacetimepilot.file).spacetimepilot


def _shrink(direction: str) -> None:
    """Leave the viewport a part of its room, among areas that stay as they are: software draws little in good time."""
    with rb.context():
        bpy.ops.screen.area_split(direction=direction, factor=0.5)
    viewport = rb.view3d()
    for area in rb.window().screen.areas:
        if area != viewport:
            area.type = "TEXT_EDITOR"


def _scrub(name: str) -> Iterator[float]:
    """Change frames one after the other, each as soon as Blender answers again, and say how long that took."""
    made, waits, shares, began = _previews(), [], [], time.monotonic()
    with _own_time() as own:
        for frame in range(1, _FRAMES + 1):
            start = time.monotonic()
            own.clear()
            bpy.context.scene.frame_set(frame)
            rb.view3d().tag_redraw()
            # Timers are called between two draws, so at the next call the frame has been drawn.
            yield 0.0
            waits.append(1000 * (time.monotonic() - start))
            yield 0.0
            shares.append(1000 * sum(own))
    seconds = time.monotonic() - began
    print(
        f"scrubbing, {name}: {_FRAMES / seconds:.1f} frames/s; Blender answers after {_typical(waits)},"
        f" of which the extension takes {_typical(shares)}; {(_previews() - made) / seconds:.1f} new previews/s",
        flush=True,
    )
    assert np.percentile(shares, 95) < _OWN_MS, shares


def _typical(milliseconds: list[float]) -> str:
    return f"{statistics.median(milliseconds):.1f} ms (95 %: {np.percentile(milliseconds, 95):.1f})"


@contextmanager
def _own_time() -> Iterator[list[float]]:
    """Seconds that each call of the extension's drawing and of its timer takes of the processor."""
    spent: list[float] = []
    own = watch()
    if own is None:
        yield spent
        return
    draw, tick = own.draw, own._timer
    _watched_by(own, _timed(draw, spent), _timed(tick, spent))
    try:
        yield spent
    finally:
        _watched_by(own, draw, tick)


def _watched_by(own: Any, draw: Callable[[], None], tick: Callable[[], float | None]) -> None:
    if bpy.app.timers.is_registered(own._timer):
        bpy.app.timers.unregister(own._timer)
    own.draw, own._timer = draw, tick
    own.wake()


def _timed(act: Callable[[], Any], spent: list[float]) -> Callable[[], Any]:
    def timed() -> Any:
        start = time.thread_time()
        try:
            return act()
        finally:
            spent.append(time.thread_time() - start)

    return timed


def _previews() -> int:
    return len(watch().previews) if watch() is not None else 0


def _play(name: str) -> Iterator[float]:
    """Play in a loop, every frame of it, and say how many frames a second were drawn."""
    bpy.context.scene.sync_mode = "NONE"
    drawn: list[float] = []
    handle = bpy.types.SpaceView3D.draw_handler_add(lambda: drawn.append(time.monotonic()), (), "WINDOW", "POST_PIXEL")
    with rb.context():
        bpy.ops.screen.animation_play()
    yield _PLAYED_SECONDS
    with rb.context():
        bpy.ops.screen.animation_play()
    bpy.types.SpaceView3D.draw_handler_remove(handle, "WINDOW")
    print(f"playing, {name}: {(len(drawn) - 1) / (drawn[-1] - drawn[0]):.1f} frames/s are drawn", flush=True)
    yield 0.5


rb.drive(steps())
