"""What was drawn before something changed behind the window's back, drawn again."""

import bpy


def redraw_panels() -> None:
    """Have every panel that may show bakes or the worker drawn again."""
    redraw_areas("VIEW_3D", "PREFERENCES")


def redraw_areas(*kinds: str) -> None:
    """Have all areas of certain kinds, as Blender names them, drawn again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in kinds:
                area.tag_redraw()
