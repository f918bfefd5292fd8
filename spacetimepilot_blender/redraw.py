"""What was drawn before something changed behind the window's back, drawn again."""

from collections.abc import Iterator

import bpy


def redraw_panels() -> None:
    """Have every panel that may show bakes or the worker drawn again, and not the scene beside them."""
    for area in _areas("VIEW_3D", "PREFERENCES"):
        for region in area.regions:
            if area.type == "PREFERENCES" or region.type == "UI":
                region.tag_redraw()


def redraw_areas(*kinds: str) -> None:
    """Have all areas of certain kinds, as Blender names them, drawn again."""
    for area in _areas(*kinds):
        area.tag_redraw()


def _areas(*kinds: str) -> Iterator[bpy.types.Area]:
    for window in bpy.context.window_manager.windows:
        yield from (area for area in window.screen.areas if area.type in kinds)
