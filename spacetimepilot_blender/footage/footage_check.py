"""What the last check of the footage has found, for as long as it is that footage."""

from __future__ import annotations

import bpy

from ..bakes.bake_standing import standing


def begin_check(scene: bpy.types.Scene) -> None:
    """Forget what was found before; what will be found is about the footage that the scene has now."""
    standing().checked, standing().checked_footage = "", _named(scene)


def found_by_check(scene: bpy.types.Scene) -> str:
    """A sentence; empty where nobody has checked the footage that the scene has now, or it cannot be baked."""
    return str(standing().checked) if standing().checked_footage == _named(scene) else ""


def _named(scene: bpy.types.Scene) -> str:
    """Text that is another one for other footage."""
    settings = scene.spacetimepilot
    if settings.source == "FILE":
        return f"{settings.footage_path} {settings.colour_space}"
    named = [
        (
            stream.name,
            stream.camera and stream.camera.name,
            stream.clip and stream.clip.name,
            stream.path,
            stream.colour_space,
        )
        for stream in settings.streams
    ]
    return repr(named)
