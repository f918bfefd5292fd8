"""The newcomer opens the .blend of `newcomer.py` again, in a new Blender: all is there, and renders the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import real_blender as rb

sys.path.insert(0, str(Path(__file__).parent))
from pictures import apart, seen, take
from product import WORK, at_rest
from rendering import pixels_of, render
from scene_state import changes, scene_state

_ALIKE = 2.0
"""Mean difference of pixels, of 255, up to which a viewport's picture is the same, fine or coarse."""


def steps() -> Iterator[float]:
    """Look at what is there, then render it."""
    assert bpy.data.filepath == str(WORK / "first.blend"), bpy.data.filepath
    saved = json.loads((WORK / "state.json").read_text(encoding="utf-8"))
    assert not changes(saved, scene_state()), f"reopening has changed {changes(saved, scene_state())}"
    take("first_18_reopening")
    yield from at_rest()
    take("first_19_reopened")
    left = np.load(WORK / "seen.npy")
    print(f"the viewport's pixels are {apart(left, seen()):.2f} of 255 from those before", flush=True)
    assert apart(left, seen()) < _ALIKE, "the viewport shows something else than before"
    yield from _compare_renders()


def _compare_renders() -> Iterator[float]:
    plates = sorted((WORK / "spacetimepilot_plates").rglob("*.exr"))
    again = WORK / "screenshots/first_frame_again.png"
    yield from render(again)
    take("first_20_rendered_again")
    one, other = pixels_of(again), pixels_of(again.with_name("first_frame.png"))
    assert np.array_equal(one, other), f"the frame is {apart(255 * one, 255 * other):.3f} of 255 from the first"
    assert sorted((WORK / "spacetimepilot_plates").rglob("*.exr")) == plates, "the same frame needs another plate"


@bpy.app.handlers.persistent
def _begin(*_: object) -> None:
    rb.drive(steps(), first=3.0)


# Blender opens the .blend behind this script, and forgets all timers then.
bpy.app.handlers.load_post.append(_begin)
