"""Rendering with F12, and the pixels that come of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
from gestures import F12, press_keys
from product import until

_SECONDS = 300


def render(path: Path) -> Iterator[float]:
    """Press F12, wait for the picture, which fills the window then, and save it."""
    bpy.context.preferences.view.render_display_type = "SCREEN"
    ended: list[str] = []
    bpy.app.handlers.render_complete.append(lambda *_: ended.append("complete"))
    bpy.app.handlers.render_cancel.append(lambda *_: ended.append("cancelled"))
    yield from press_keys(F12)
    yield from until(lambda: ended, _SECONDS, "the render")
    assert ended[:1] == ["complete"], ended
    yield 2
    bpy.data.images["Render Result"].save_render(str(path))


def pixels_of(path: Path) -> np.ndarray:
    """A picture file's pixels, (height, width, 3) float32, as stored."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    pixels = np.array(image.pixels[:], dtype=np.float32).reshape(image.size[1], image.size[0], -1)
    bpy.data.images.remove(image)
    return pixels[..., :3]
