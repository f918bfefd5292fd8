"""What an artist does on the first day, in the window of the complete Blender, with pictures of every step.

Run by `real-blender gui`; `gui_run.py` says through the environment what to bake and where the pictures go.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import addon_utils
import bpy
import real_blender as rb

sys.path.insert(0, str(Path(__file__).parent))
from buttons import over_viewport, press

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"
FOOTAGE = Path(os.environ["SPACETIMEPILOT_GUI_FOOTAGE"])
WORK = Path(os.environ["SPACETIMEPILOT_GUI_WORK"])
_F12 = 96
"""X11's number of the key; by its name it would be sent with Alt held, which renders the video sequencer."""
_CHECK_SECONDS = 60
_BAKE_SECONDS = 300
_RENDER_SECONDS = 240


def steps() -> Iterator[float]:
    """The day, step by step."""
    assert addon_utils.check(EXTENSION)[1], "the installed extension is not enabled"
    _prepare()
    rb.sidebar("SpaceTimePilot")
    yield 2
    assert rb.region("UI").active_panel_category == "SpaceTimePilot"
    yield from _check()
    _picture("1_sidebar")
    yield from _bake()
    yield from press("spacetimepilot.add_field", across=0.2)
    thing = bpy.context.object
    assert thing is not None and thing.type == "EMPTY", "Add Field has not made the field the active object"
    yield 1
    _picture("4_field")
    yield from _scrub()
    yield from press("spacetimepilot.set_up_compositing")
    yield 1.5
    _picture("6_compositing")
    yield from _render()
    yield 2
    _picture("7_rendered")
    bpy.data.images["Render Result"].save_render(str(WORK / "rendered.png"))
    failure = bpy.context.window_manager.spacetimepilot.render_failure
    assert not failure, failure
    assert list((WORK / "spacetimepilot_plates").rglob("*.exr")), "the render has made no plate"
    bpy.ops.wm.save_mainfile()
    yield from _render_without_the_field()
    (WORK / "elsewhere.stp").rename(WORK / "shot.stp")


def _prepare() -> None:
    """A scene with the default cube standing aside, and the shot's settings as an artist would have filled them in."""
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK / "shot.blend"))
    scene = bpy.context.scene
    bpy.data.objects["Cube"].location = (0.0, 1.2, 0.0)
    bpy.data.objects["Cube"].scale = (0.5, 0.5, 0.5)
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 8, False
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 480, 270, 100
    scene.frame_start, scene.frame_end = 1, 8
    bpy.context.preferences.view.render_display_type = "SCREEN"
    settings = scene.spacetimepilot
    settings.footage_path, settings.output_path = bpy.path.relpath(str(FOOTAGE)), "//shot.stp"
    settings.preset, settings.minutes = "preview", 1.0


def _check() -> Iterator[float]:
    """Press Check Footage; the window must stay awake until the panel says what was found."""
    yield from press("spacetimepilot.check_footage")
    until = time.monotonic() + _CHECK_SECONDS
    while not bpy.context.window_manager.spacetimepilot.checked and time.monotonic() < until:
        yield 0.2
    found = bpy.context.window_manager.spacetimepilot.checked
    assert "pictures, 1 camera" in found, found
    yield 1


def _bake() -> Iterator[float]:
    """Press Bake and watch: the bar must move while Blender stays awake."""
    yield from press("spacetimepilot.bake")
    seen = []
    until = time.monotonic() + _BAKE_SECONDS
    longest, before = 0.0, time.monotonic()
    while True:
        now = bpy.context.window_manager.spacetimepilot
        seen.append(round(now.fraction, 3))
        if 0.3 < now.fraction < 1 and not (WORK / "seen").exists():
            (WORK / "seen").touch()
            _picture("2_baking")
            before = time.monotonic()
        if now.state not in ("idle", "running") or time.monotonic() > until:
            break
        yield 0.2
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
    print(f"the bake ended as {now.state}: {now.text}; fractions {sorted(set(seen))}", flush=True)
    assert now.state == "done", f"{now.state}: {now.text}"
    assert len({fraction for fraction in seen if 0 < fraction < 1}) >= 3, "the bar has hardly moved"
    print(f"Blender was never away for longer than {longest:.2f} s", flush=True)
    assert (WORK / "shot.stp").is_file()
    yield 1
    _picture("3_baked")


def _scrub() -> Iterator[float]:
    """Step through the timeline with the arrow keys; the panel must show another shot frame each time."""
    scene = bpy.context.scene
    x, y = over_viewport()
    rb.xdo("mousemove", x, y)
    yield 0.3
    start = scene.frame_current
    for step in range(1, 4):
        rb.key("Right")
        yield 0.5
        assert scene.frame_current == start + step, f"frame {scene.frame_current} after {step} steps"
    yield 0.5
    _picture("5_scrubbed")


def _render() -> Iterator[float]:
    """Press F12 and wait for the picture."""
    ended: list[str] = []
    bpy.app.handlers.render_complete.append(lambda *_: ended.append("complete"))
    bpy.app.handlers.render_cancel.append(lambda *_: ended.append("cancelled"))
    x, y = over_viewport()
    rb.xdo("mousemove", x, y)
    yield 0.3
    rb.key(_F12)
    until = time.monotonic() + _RENDER_SECONDS
    while not ended and time.monotonic() < until:
        yield 0.3
    assert ended[:1] == ["complete"], f"the render {ended[0] if ended else 'did not end'}"


def _render_without_the_field() -> Iterator[float]:
    """A render that lacks its plate must not pass for a good one: it turns magenta, and a message says why."""
    rb.key("Escape")
    yield 1
    (WORK / "shot.stp").rename(WORK / "elsewhere.stp")
    bpy.context.scene.frame_set(7)
    yield from _render()
    yield 2
    _picture("8_failed")
    failure = bpy.context.window_manager.spacetimepilot.render_failure
    assert "There is no field file" in failure, failure
    path = str(WORK / "failed.exr")
    settings = bpy.context.scene.render.image_settings
    settings.media_type, settings.file_format = "IMAGE", "OPEN_EXR"
    bpy.data.images["Render Result"].save_render(path)
    written = bpy.data.images.load(path)
    red, green, blue = (sum(written.pixels[channel::4]) / (480 * 270) for channel in range(3))
    assert red > 0.9 and blue > 0.9 and green < 0.1, (red, green, blue)


def _picture(name: str) -> None:
    rb.shot(str(WORK / "screenshots" / f"{name}.png"))


rb.drive(steps())
