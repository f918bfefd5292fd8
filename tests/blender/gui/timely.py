"""The worker's picture while something moves: a frame budget in the window of the complete Blender, and foveation.

Run by `real-blender gui` after `artist.py`, which leaves a baked field.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import bpy
import real_blender as rb

sys.path.insert(0, str(Path(__file__).parent))
from product import WORK, at_rest, part

_BUDGET_MS = 500.0
_FRAMES = 16
_LEAST = 0.75
"""Share of the frames that must show the picture as soon as they are drawn, on a machine that is shared."""


def steps() -> Iterator[float]:
    """Scrub without a budget and with one; then look where the mouse is."""
    settings = _prepare()
    yield from at_rest()
    surfels = yield from _scrub(2)
    assert not any(one.startswith("picture") for one in surfels), surfels
    settings.use_frame_budget, settings.frame_budget = True, _BUDGET_MS
    yield from _scrub(30, count=4)
    shown = yield from _scrub(3)
    rb.shot(str(WORK / "screenshots/14_within_budget.png"))
    pictures = [one for one in shown if one.startswith("picture")]
    print(f"within {_BUDGET_MS:.0f} ms: {len(pictures)} of {len(shown)} frames show the picture: {shown}", flush=True)
    assert len(pictures) >= _LEAST * len(shown), shown
    settings.foveation = "mouse"
    yield 1
    region = rb.region()
    x, y = region.x + round(0.6 * region.width), region.y + round(0.55 * region.height)
    for off in (40, 0):
        rb.xdo("mousemove", x + off, rb.window().height - y)
        yield 0.5
    seen = part("viewport.gaze")._mouse[region.as_pointer()]
    assert abs(seen[0] - 0.6) < 0.01 and abs(seen[1] - 0.45) < 0.01, seen
    shown = yield from _scrub(20, count=6)
    rb.shot(str(WORK / "screenshots/15_foveated.png"))
    print(f"foveated: {shown}", flush=True)
    yield from at_rest()
    yield 12
    rb.shot(str(WORK / "screenshots/16_at_rest.png"))
    print(f"at rest: {_watch().shown()}", flush=True)


def _watch() -> Any:
    return part("viewport").watch()


def _prepare() -> Any:
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK / "timely.blend"))
    scene = bpy.context.scene
    for name in ("Cube", "Light", "Camera"):
        bpy.data.objects.remove(bpy.data.objects[name])
    with rb.context():
        bpy.ops.spacetimepilot.add_field(filepath=str(WORK / "shot.stp"))
        thing = bpy.context.object
        bpy.ops.spacetimepilot.add_footage_camera()
        bpy.ops.view3d.view_camera()
        bpy.context.view_layer.objects.active = thing
        bpy.ops.mesh.primitive_cube_add(size=0.6, location=(0.6, -0.4, 0.3))
    bpy.context.view_layer.objects.active = thing
    scene.frame_start, scene.frame_end = 1, 48
    rb.view3d().spaces.active.shading.type = "SOLID"
    rb.view3d().spaces.active.show_region_ui = True
    return thing.spacetimepilot


def _scrub(first: int, count: int = _FRAMES) -> Generator[float, None, list[str]]:
    """Change frames one after the other; what each shows when it is first drawn."""
    shown, waits = [], []
    for frame in range(first, first + count):
        bpy.context.scene.frame_set(frame)
        start = time.monotonic()
        rb.view3d().tag_redraw()
        yield 0.0
        waits.append(1000 * (time.monotonic() - start))
        shown += _watch().shown()
        yield 0.0
    print(f"a frame is drawn after {statistics.median(waits):.0f} ms (at most {max(waits):.0f})", flush=True)
    return shown


rb.drive(steps())
