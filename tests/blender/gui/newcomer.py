"""What a newcomer does in the first hour, in the window of the complete Blender, with pictures of every step.

Run by `real-blender gui`; `gui_run.py` says through the environment where wheels, a Python and the pictures are.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import real_blender as rb

sys.path.insert(0, str(Path(__file__).parent))
from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.bakes import bake_watch
from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.sentences import worker_found
from bl_ext.user_default.spacetimepilot_blender.spacetimepilot_blender.worker import checkup, set_up_watch
from buttons import move_preferences, over_viewport, press, press_in_preferences

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"
WORK = Path(os.environ["SPACETIMEPILOT_GUI_WORK"])
_F12 = 96
_SET_UP_SECONDS = 240
_BAKE_SECONDS = 500
_RENDER_SECONDS = 240


def steps() -> Iterator[float]:
    """The hour, step by step."""
    rb.sidebar("SpaceTimePilot")
    yield 2
    assert not worker_found()[1], "there is a worker already"
    _picture("1_no_worker")
    yield from press("preferences.addon_show")
    yield 3
    yield from move_preferences()
    _picture("2_preferences")
    settings = bpy.context.preferences.addons[EXTENSION].preferences
    settings.wheels, settings.base_python = str(WORK / "wheels"), str(WORK / "worker/bin/python")
    yield 1
    yield from _cancel_once()
    yield from _choose_bare_python()
    yield from _set_up()
    assert not settings.interpreter, "another Python would go before the new worker"
    _close_preferences()
    yield 1
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK / "first.blend"))
    yield from press("spacetimepilot.load_sample")
    yield 1
    yield from press("spacetimepilot.check_footage")
    yield from _until(lambda: bpy.context.window_manager.spacetimepilot.checked, 120)
    yield 1
    _picture("5_sample")
    bpy.context.scene.spacetimepilot.minutes = 1.0
    yield from press("spacetimepilot.bake")
    yield from _until(lambda: bake_watch.standing().state == "running", 30)
    yield from _until(lambda: bake_watch.standing().state != "running", _BAKE_SECONDS)
    assert bake_watch.standing().state == "done", bake_watch.standing().text
    assert (WORK / "hand_books.stp").is_file(), "the field is not beside the .blend"
    yield 1
    _picture("6_baked")
    yield from press("spacetimepilot.add_field", across=0.2)
    there = set(bpy.data.cameras)
    yield from press("spacetimepilot.add_footage_camera")
    yield 1
    scene = bpy.context.scene
    # Ctrl Numpad 0 would do it for the selected camera; the number pad is hard to reach from here.
    scene.camera = next(thing for thing in scene.objects if thing.type == "CAMERA" and thing.data not in there)
    print(f"the active object is {bpy.context.object.name}, the camera {scene.camera.name}", flush=True)
    _picture("7_field")
    cube = bpy.data.objects["Cube"]
    cube.location, cube.scale = (0.0, 0.26, -0.03), (0.025, 0.025, 0.025)
    bpy.context.scene.frame_set(30)
    yield from press("spacetimepilot.set_up_compositing")
    yield from _render()
    _picture("8_first_frame")


def _cancel_once() -> Iterator[float]:
    """Press Set Up Worker, then Cancel: nothing is left."""
    yield from press_in_preferences("spacetimepilot.set_up_worker")
    assert set_up_watch.setting_up()
    yield from press_in_preferences("spacetimepilot.cancel_set_up")
    yield from _until(lambda: not set_up_watch.setting_up(), 60)
    assert set_up_watch.set_up_view().state == "stopped" and not worker_found()[1]


def _choose_bare_python() -> Iterator[float]:
    """Name a Python without packages: what it lacks is told by itself."""
    bpy.context.preferences.addons[EXTENSION].preferences.interpreter = sys.executable
    yield from _until(lambda: checkup.last_checkup().findings, 60)
    bad = [finding.name for finding in checkup.last_checkup().findings if not finding.good]
    assert "torch" in bad and "numba" in bad, checkup.last_checkup()


def _set_up() -> Iterator[float]:
    """Press it again and let it be done; Blender must stay awake."""
    yield from press_in_preferences("spacetimepilot.set_up_worker")
    pictured, longest, before = False, 0.0, time.monotonic()
    until = time.monotonic() + _SET_UP_SECONDS
    while set_up_watch.setting_up() and time.monotonic() < until:
        if set_up_watch.set_up_view().fraction > 0.04 and not pictured:
            pictured = True
            _picture("3_setting_up")
            before = time.monotonic()
        yield 0.2
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
    view = set_up_watch.set_up_view()
    assert view.state == "done" and worker_found()[1], view
    print(f"Blender was never away for longer than {longest:.2f} s", flush=True)
    yield from _until(lambda: checkup.last_checkup().findings, 120)
    assert all(finding.good for finding in checkup.last_checkup().findings), checkup.last_checkup()
    rb.xdo("mousemove_relative", 3, 3)
    yield 2
    rb.xdo("click", "--repeat", 40, "--delay", 30, 5)
    yield 1
    _picture("4_doctor")


def _render() -> Iterator[float]:
    """Press F12 and wait for the picture."""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 8
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 640, 480, 100
    bpy.context.preferences.view.render_display_type = "SCREEN"
    ended: list[str] = []
    bpy.app.handlers.render_complete.append(lambda *_: ended.append("complete"))
    bpy.app.handlers.render_cancel.append(lambda *_: ended.append("cancelled"))
    x, y = over_viewport()
    rb.xdo("mousemove", x, y)
    yield 0.3
    rb.key(_F12)
    yield from _until(lambda: ended, _RENDER_SECONDS)
    assert ended[:1] == ["complete"], ended
    yield 2
    bpy.data.images["Render Result"].save_render(str(WORK / "screenshots/first_9_frame.png"))


def _close_preferences() -> None:
    for window in bpy.context.window_manager.windows:
        if window.screen.areas[0].type == "PREFERENCES":
            with bpy.context.temp_override(window=window):
                bpy.ops.wm.window_close()
            return
    raise AssertionError("the preferences are not open")


def _until(true: object, seconds: float) -> Iterator[float]:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        yield 0.2


def _picture(name: str) -> None:
    rb.shot(str(WORK / "screenshots" / f"first_{name}.png"))


rb.drive(steps())
