"""What a newcomer does in the first hour, in the window of the complete Blender, with pictures of every step.

Run by `real-blender gui`; `gui_run.py` says through the environment where the zip, wheels and a Python are and where
pictures go. `reopened.py` goes on in the next Blender.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import addon_utils
import bpy
import numpy as np
import real_blender as rb

sys.path.insert(0, str(Path(__file__).parent))
from buttons import press, press_setting
from gestures import FRAME_SELECTED, NUMPAD_0, choose_below, choose_in_outliner, orbit, press_keys, scrub, type_keys
from pictures import apart, seen, seen_in_sidebar, take
from product import EXTENSION, WORK, at_rest, part, until
from rendering import render
from scene_state import changes, scene_state
from worker_steps import set_up_worker

_BAKE_SECONDS = 500
_UNDO_MOST = 60
_KEY_SECONDS = 3
_CHANGED = 2.0
"""Mean difference of pixels, of 255, from which on a viewport's picture is another one."""


def steps() -> Iterator[float]:
    """The hour, step by step."""
    yield from _install()
    yield from set_up_worker()
    yield from _bake_sample()
    before = scene_state()
    yield from _add_field()
    yield from _scrub()
    yield from _change_time_mode()
    yield from _orbit()
    yield from press("spacetimepilot.set_up_compositing")
    yield 1
    take("first_14_compositing")
    yield from _render()
    yield from _undo_and_redo(before)
    yield from _save()


def _install() -> Iterator[float]:
    """Drop the zip: no other program is here to drag from, so the dialog is opened as Blender opens it for a drop."""
    with rb.context():
        bpy.ops.extensions.package_install_files("INVOKE_DEFAULT", url=str(next(WORK.glob("*.zip"))))
    yield 2
    take("first_0_install")
    rb.key("Return")
    yield from until(lambda: addon_utils.check(EXTENSION)[1], 60, "the extension")
    rb.sidebar("SpaceTimePilot")
    yield 3
    take("first_1_no_worker")


def _bake_sample() -> Iterator[float]:
    """Load the sample shot, have it checked, and bake it."""
    bakes = part("bakes.bake_watch")
    # A new .blend is named in a file browser, a window of its own that scripts do not reach.
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK / "first.blend"))
    yield from press("spacetimepilot.load_sample")
    yield 1
    yield from press("spacetimepilot.check_footage")
    unchecked = seen_in_sidebar()
    yield from until(lambda: bpy.context.window_manager.spacetimepilot.checked, 120, "what the footage holds")
    yield 2
    assert apart(unchecked, seen_in_sidebar()) > 0, "the sidebar says nothing of it until the mouse moves"
    take("first_6_sample")
    yield from press("spacetimepilot.bake")
    yield from until(lambda: bakes.standing().state == "running", 30, "the bake")
    yield from until(lambda: bakes.chosen().psnr > 0 and bakes.chosen().picture, _BAKE_SECONDS, "the bake's picture")
    yield 1
    take("first_7_baking")
    yield from until(lambda: bakes.standing().state != "running", _BAKE_SECONDS, "the end of the bake")
    assert bakes.standing().state == "done", bakes.standing().text
    assert (WORK / "hand_books.stp").is_file(), "the field is not beside the .blend"
    yield 1
    take("first_8_baked")


def _add_field() -> Iterator[float]:
    """Put the field into the scene, look through a camera where the phone was, and put the cube before the books."""
    scene = bpy.context.scene
    yield from press("spacetimepilot.add_field", across=0.2)
    yield from press("spacetimepilot.add_footage_camera")
    yield from choose_in_outliner("hand_books Footage")
    yield from press_keys(f"ctrl+{NUMPAD_0}")
    assert scene.camera.name == "hand_books Footage", scene.camera.name
    yield from choose_in_outliner("Cube")
    yield from type_keys("s0.025", "gy0.26", "gz-0.03")
    assert np.allclose(bpy.data.objects["Cube"].location, (0.0, 0.26, -0.03)), bpy.data.objects["Cube"].location[:]
    # Eight fields and a menu in two editors that show a few of them at a time; typing there tests Blender, not us.
    scene.render.engine, scene.cycles.samples = "CYCLES", 8
    scene.view_settings.view_transform = "Standard"
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 640, 480, 100
    yield from choose_in_outliner("hand_books")
    yield from at_rest()
    take("first_9_field")


def _scrub() -> Iterator[float]:
    """Drag the playhead to frame 30: another picture than before, and something to look at on the way."""
    frames, first, passed = [1, 10, 20, 30], seen(), []

    def held(number: int) -> None:
        assert bpy.context.scene.frame_current == frames[number], bpy.context.scene.frame_current
        passed.append(seen())
        if number == 2:
            take("first_10_scrubbing")

    yield from scrub(frames, held)
    assert apart(passed[1], passed[3]) > _CHANGED, "the viewport has shown the same while the playhead moved"
    yield from at_rest()
    assert apart(first, seen()) > _CHANGED, "the viewport shows the same at frames 1 and 30"
    take("first_11_scrubbed")


def _change_time_mode() -> Iterator[float]:
    """Choose Freeze: the shot's first frame is shown at frame 30."""
    settings, follows = bpy.data.objects["hand_books"].spacetimepilot, seen()
    yield from press_setting("spacetimepilot.mode")
    yield 1
    take("first_12_time")
    names = [item.identifier for item in settings.bl_rna.properties["mode"].enum_items]
    yield from choose_below(names.index("freeze") - names.index("follow"))
    yield from until(lambda: settings.mode == "freeze", 20, "the mode Freeze")
    yield from at_rest()
    assert apart(follows, seen()) > _CHANGED, "the viewport shows the same in modes Follow and Freeze"
    take("first_12_frozen")


def _orbit() -> Iterator[float]:
    """Frame the cube, step back with the wheel, go round it, and come back to the camera."""
    yield from choose_in_outliner("Cube")
    yield from press_keys(FRAME_SELECTED)
    yield 1
    rb.xdo("click", "--repeat", 4, "--delay", 200, 5)
    yield 1
    passed: list[np.ndarray] = []
    turned = rb.view3d().spaces.active.region_3d.view_rotation.copy()

    def held(number: int) -> None:
        shown = part("viewport").watch().shown()
        assert shown and shown != ["nothing"], "the field has gone while the view turned"
        passed.append(seen())
        if number == 3:
            take("first_13_orbiting")

    yield from orbit(12, 4, held)
    assert turned.rotation_difference(rb.view3d().spaces.active.region_3d.view_rotation).angle > 0.1
    assert apart(passed[0], passed[-1]) > _CHANGED, "the viewport has shown the same while the view turned"
    yield from at_rest()
    take("first_13_orbited")
    yield from press_keys(NUMPAD_0)
    yield from choose_in_outliner("hand_books")


def _render() -> Iterator[float]:
    """Press F12: the frame has its plate."""
    yield from render(WORK / "screenshots/first_frame.png")
    take("first_15_rendered")
    rb.key("Escape")
    yield 2
    assert not bpy.context.window_manager.spacetimepilot.render_failure
    assert len(list((WORK / "spacetimepilot_plates").rglob("*.exr"))) == 1, "the render has not made its one plate"


def _undo_and_redo(before: dict[str, object]) -> Iterator[float]:
    """Ctrl Z until the scene is as it was before there was a field, then Ctrl Shift Z until all is back."""
    done, presses = scene_state(), 0
    assert len(changes(before, done)) > 5, "there is little to undo"
    while changes(before, scene_state()) and presses < _UNDO_MOST:
        yield from _press_and_wait("ctrl+z")
        presses += 1
    print(f"undone after {presses} presses", flush=True)
    yield 1
    take("first_16_undone")
    assert not changes(before, scene_state()), f"undo leaves {changes(before, scene_state())}"
    assert part("viewport").watch().shown() == [], "the viewport still shows a field"
    for _ in range(presses):
        yield from _press_and_wait("ctrl+shift+z")
    assert not changes(done, scene_state()), f"redo has lost {changes(done, scene_state())}"


def _press_and_wait(keys: str) -> Iterator[float]:
    """Press, and wait for what comes of it; but not for long, as there are steps that change nothing of the scene."""
    was, end = scene_state(), time.monotonic() + _KEY_SECONDS
    yield from press_keys(keys)
    while scene_state() == was and time.monotonic() < end:
        yield 0.2


def _save() -> Iterator[float]:
    """Save, and leave to the next Blender what it is to find."""
    yield from at_rest()
    take("first_17_redone")
    np.save(WORK / "seen.npy", seen())
    (WORK / "state.json").write_text(json.dumps(scene_state()), encoding="utf-8")
    yield from press_keys("ctrl+s")
    yield from until(lambda: not bpy.data.is_dirty, 20, "the saved .blend")
    # A Blender that is closed saves the preferences by itself; this one is ended.
    bpy.ops.wm.save_userpref()


rb.drive(steps())
