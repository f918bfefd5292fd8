"""SpaceTimePilot: shoot a scene once, then re-film it. This file only registers."""

from . import operators, panels, spacetimepilot_blender


def register() -> None:
    """Enable the extension."""
    spacetimepilot_blender.register()
    operators.register()
    panels.register()


def unregister() -> None:
    """Disable the extension."""
    panels.unregister()
    operators.unregister()
    spacetimepilot_blender.unregister()
