"""What an artist does with a field that is baked: compress it, stop that, and have a stand-in take its place.

Run by `real-blender gui` after `artist.py`, which leaves a baked field.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import real_blender as rb

sys.path.insert(0, str(Path(__file__).parent))
from buttons import over_viewport, press, press_setting
from gestures import RETURN, choose_below, press_keys
from pictures import apart, seen, seen_in_sidebar, take
from product import WORK, at_rest, part, until

_MADE_SECONDS = 600
_STAND_IN = "Stand-In shot"
_CHANGED = 0.5
"""Mean difference of pixels, of 255, from which on a picture is another one."""
_RED = 500


def steps() -> Iterator[float]:
    """Compress with a change of mind, then a stand-in with one."""
    thing = _prepare()
    yield 2
    yield from at_rest()
    yield from _stop_compressing(thing)
    yield from _compress(thing)
    yield from _make_stand_in()
    yield from _switch_by_distance()


def _prepare() -> bpy.types.Object:
    # Which panels are open is Blender's own affair, so the one that begins closed has to begin open.
    panel: Any = bpy.types.SPACETIMEPILOT_PT_stand_in
    bpy.utils.unregister_class(panel)
    panel.bl_options = set()
    bpy.utils.register_class(panel)
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK / "finishing.blend"))
    for name in ("Cube", "Light"):
        bpy.data.objects.remove(bpy.data.objects[name])
    with rb.context():
        bpy.ops.spacetimepilot.add_field(filepath=str(WORK / "shot.stp"))
    thing = bpy.context.object
    thing.name = "shot"
    thing.spacetimepilot.stand_in_detail = 24
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 2
    bpy.ops.ed.undo_push(message="Prepared")
    last = bpy.context.window_manager.operator_properties_last("spacetimepilot.compress")
    last.minutes = 0.02
    rb.sidebar("SpaceTimePilot")
    return thing


def _under_way() -> Any:
    return part("under_way").under_way()


def _stop_compressing(thing: bpy.types.Object) -> Iterator[float]:
    """An Escape that ends a drag is not for the work; the next one is, and leaves nothing."""
    smaller = WORK / "shot.small.stp"
    yield from press("spacetimepilot.compress")
    yield 1
    take("17_compress_dialog")
    rb.key(RETURN)
    yield from until(_under_way, 20, "the compressing")
    x, y = over_viewport()
    rb.xdo("mousemove", x, y)
    yield 0.5
    rb.key("g")
    yield 0.5
    rb.xdo("mousemove", x + 60, y)
    yield 0.5
    rb.key("Escape")
    yield 1
    take("18_compressing")
    assert tuple(thing.location) == (0.0, 0.0, 0.0), thing.location[:]
    assert _under_way() is not None, "the Escape that ended the drag has stopped the work as well"
    assert not bpy.ops.spacetimepilot.make_stand_in.poll(), "other work can begin, and Escape would stop both"
    yield from press_keys("Escape")
    yield from until(lambda: _under_way() is None, 5, "the end of what was stopped")
    yield 3
    assert not smaller.exists() and thing.spacetimepilot.file == "//shot.stp", thing.spacetimepilot.file


def _compress(thing: bpy.types.Object) -> Iterator[float]:
    """To the end: the field shows the smaller file, the sidebar says so at once, and Undo goes back."""
    yield from press("spacetimepilot.compress")
    yield 1
    rb.key(RETURN)
    yield from until(_under_way, 20, "the compressing")
    yield 1
    before = seen_in_sidebar()
    yield from until(lambda: _under_way() is None, _MADE_SECONDS, "the smaller field")
    yield 1
    take("19_compressed")
    assert thing.spacetimepilot.file == "//shot.small.stp", thing.spacetimepilot.file
    assert "times smaller" in thing.spacetimepilot.compression, thing.spacetimepilot.compression
    assert apart(before, seen_in_sidebar()) > _CHANGED, "the sidebar says nothing of it until the mouse moves"
    yield from press_keys("ctrl+z")
    yield 1
    settings = bpy.data.objects["shot"].spacetimepilot
    assert settings.file == "//shot.stp" and not settings.compression, (settings.file, settings.compression)
    # As if it had been chosen in the file browser.
    settings.file = "//shot.small.stp"
    assert settings.compression, "the field does not say what the chosen file is"
    settings.file = "//shot.stp"
    assert not settings.compression, settings.compression


def _make_stand_in() -> Iterator[float]:
    """Stopped, it leaves the scene as it was; then it is there."""
    yield from press("spacetimepilot.make_stand_in")
    assert _under_way() is not None
    yield from press_keys("Escape")
    yield from until(lambda: _under_way() is None, 5, "the end of what was stopped")
    assert _STAND_IN not in bpy.data.objects
    yield from press("spacetimepilot.make_stand_in")
    yield from until(lambda: _STAND_IN in bpy.data.objects, _MADE_SECONDS, "the stand-in")
    yield from at_rest()


def _switch_by_distance() -> Iterator[float]:
    """From a distance on the mesh takes the field's place in the viewport, and the panel says so."""
    field = _red()
    yield from press_setting("spacetimepilot.stand_in_by")
    yield from choose_below(1)
    thing = bpy.data.objects["shot"]
    assert thing.spacetimepilot.stand_in_by == "distance", thing.spacetimepilot.stand_in_by
    away = (bpy.context.scene.camera.matrix_world.translation - thing.matrix_world.translation).length
    thing.spacetimepilot.stand_in_distance = away / 2
    shown = part("viewport").watch().shown
    yield from until(lambda: not shown(), 20, "a viewport without the field")
    yield 2
    take("20_stand_in")
    told = part("stand_ins.stand_in_told").told_now(
        bpy.context.scene, bpy.context.evaluated_depsgraph_get(), bpy.data.objects["shot"]
    )
    print(f"the panel says: {told}", flush=True)
    assert "away now: the stand-in alone" in told, told
    assert field - _red() > _RED, "the viewport still shows the red of what was filmed"


def _red() -> int:
    """Pixels of the viewport in which a ball was filmed; solid shading shows meshes grey."""
    red, green, blue = np.moveaxis(seen(), -1, 0)
    return int(((red > 180) & (green < 90) & (blue < 90)).sum())


rb.drive(steps())
