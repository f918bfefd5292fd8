"""The picture of a bake as an icon of the sidebar; it never becomes part of a .blend."""

from __future__ import annotations

from pathlib import Path

import bpy.utils.previews

_previews: bpy.utils.previews.ImagePreviewCollection | None = None
_shown: dict[str, str] = {}


def icon_of(output: str, picture: str, made: str) -> int:
    """Blender's number for the picture of a bake; 0 where there is none.

    Parameters
    ----------
    made : str
        When the picture was made: a newer one replaces the one that is shown.
    """
    global _previews
    if not picture or not Path(picture).is_file():
        return 0
    if _previews is None:
        _previews = bpy.utils.previews.new()
    if _shown.get(output) != made:
        if output in _previews:
            del _previews[output]
        _previews.load(output, picture, "IMAGE", force_reload=True)
        _shown[output] = made
    return _previews[output].icon_id


def register() -> None:
    """Nothing to do before the first picture."""


def unregister() -> None:
    """Give back what has been shown."""
    global _previews
    if _previews is not None:
        bpy.utils.previews.remove(_previews)
    _previews = None
    _shown.clear()
