"""What a person sees: the sidebar tab SpaceTimePilot of the 3D viewport, and the add-on's preferences."""

import bpy

from .bake import SPACETIMEPILOT_PT_bake
from .compositing import SPACETIMEPILOT_PT_compositing
from .field import SPACETIMEPILOT_PT_field, SPACETIMEPILOT_PT_look, SPACETIMEPILOT_PT_time
from .footage import SPACETIMEPILOT_PT_footage, SPACETIMEPILOT_UL_streams
from .preferences import SpaceTimePilotPreferences
from .worker import SPACETIMEPILOT_PT_worker

_CLASSES = (
    SpaceTimePilotPreferences,
    SPACETIMEPILOT_UL_streams,
    SPACETIMEPILOT_PT_footage,
    SPACETIMEPILOT_PT_bake,
    SPACETIMEPILOT_PT_field,
    SPACETIMEPILOT_PT_time,
    SPACETIMEPILOT_PT_look,
    SPACETIMEPILOT_PT_compositing,
    SPACETIMEPILOT_PT_worker,
)


def register() -> None:
    """Make them known to Blender."""
    for kind in _CLASSES:
        bpy.utils.register_class(kind)


def unregister() -> None:
    """Undo `register`."""
    for kind in reversed(_CLASSES):
        bpy.utils.unregister_class(kind)
