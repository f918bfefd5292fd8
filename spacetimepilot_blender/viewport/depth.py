"""Whether a viewport knows how far away native things are, which decides what hides a field.

Where viewports render themselves, Blender draws that depth with the overlays, as measured in 5.2: with overlays off,
Cycles leaves none, and EEVEE zeros, behind which nothing would be seen.
"""

from __future__ import annotations

from typing import Any

import bpy
import gpu


def depth_known(context: bpy.types.Context) -> bool:
    """Whether the viewport of a context is drawn with native depth."""
    space: Any = context.space_data
    own = space.shading.type == "RENDERED" and str(context.scene.render.engine) == "BLENDER_WORKBENCH"
    return own or space.overlay.show_overlays or space.shading.type not in ("MATERIAL", "RENDERED")


def mend_depth(context: bpy.types.Context) -> None:
    """Let fields be seen, over everything, in the viewport being drawn, where its depth is nothing but zeros."""
    if depth_known(context):
        return
    bound = gpu.state.active_framebuffer_get()
    nearest = bound.read_depth(0, 0, 1, 1)
    nearest.dimensions = 1
    if nearest[0] == 0.0:
        bound.clear(depth=1.0)
