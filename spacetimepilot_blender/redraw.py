"""What was drawn before something changed behind the window's back, drawn again."""

import bpy

_SHOWING = {"VIEW_3D", "PREFERENCES"}


def redraw_panels() -> None:
    """Have every panel that may show bakes or the worker drawn again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in _SHOWING:
                area.tag_redraw()
