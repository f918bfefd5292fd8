"""The viewport: fields as every 3D viewport shows them, among native geometry, while the artist moves and rests."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..guarded_drawing import draw_guarded
from .display import forget_displays
from .shaders import forget_shaders
from .telling import draw_lines
from .timeline import draw_marks
from .watching import Watch, redraw

_watch: Watch | None = None
_handles: list[tuple[Any, object]] = []


def watch() -> Watch | None:
    """What is watched and kept; None before the first viewport is drawn."""
    return _watch


def _draw_fields(_: bpy.types.Context) -> None:
    global _watch
    if _watch is None:
        _watch = Watch()
    _watch.draw()


def _draw_lines(context: bpy.types.Context) -> None:
    if _watch is not None and context.space_data.overlay.show_overlays:
        draw_lines(_watch.lines(), context)


def _draw_marks(context: bpy.types.Context) -> None:
    if _watch is not None and context.space_data.mode == "TIMELINE":
        draw_marks(_watch.cached_frames(context.scene), context.region)


_DRAWN = (
    (bpy.types.SpaceView3D, _draw_fields, "POST_VIEW"),
    (bpy.types.SpaceView3D, _draw_lines, "POST_PIXEL"),
    (bpy.types.SpaceDopeSheetEditor, _draw_marks, "POST_PIXEL"),
)


@persistent
def _after_load(*_: object) -> None:
    if _watch is not None:
        _watch.forget()


def register() -> None:
    """Draw fields in all 3D viewports from now on, where there are windows."""
    if bpy.app.background:
        return
    for space, draw, when in _DRAWN:
        _handles.append((space, space.draw_handler_add(draw_guarded, (draw,), "WINDOW", when)))
    bpy.app.handlers.load_post.append(_after_load)
    redraw()


def unregister() -> None:
    """Undo `register`."""
    global _watch
    if _after_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_after_load)
    while _handles:
        space, handle = _handles.pop()
        space.draw_handler_remove(handle, "WINDOW")
    if _watch is not None:
        _watch.end()
    _watch = None
    forget_shaders()
    forget_displays()
