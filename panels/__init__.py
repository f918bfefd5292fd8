"""What a person sees: the sidebar tab of the 3D viewport and the Movie Clip editor, and the add-on's preferences."""

from typing import Any

import bpy

from . import clip
from .bake import SPACETIMEPILOT_PT_bake, SPACETIMEPILOT_UL_bakes
from .clip import SPACETIMEPILOT_PT_clip
from .compositing import SPACETIMEPILOT_PT_compositing
from .coverage import SPACETIMEPILOT_PT_coverage
from .crop_box import SPACETIMEPILOT_GGT_crop, SPACETIMEPILOT_GT_crop_wire
from .field import SPACETIMEPILOT_PT_field, SPACETIMEPILOT_PT_light, SPACETIMEPILOT_PT_look, SPACETIMEPILOT_PT_place
from .footage import SPACETIMEPILOT_PT_footage, SPACETIMEPILOT_UL_streams
from .gaze import SPACETIMEPILOT_GGT_gaze, SPACETIMEPILOT_GT_gaze
from .plate_layers import SPACETIMEPILOT_PT_plate_layers
from .preferences import SpaceTimePilotPreferences
from .presets import SPACETIMEPILOT_PT_bake_presets, SPACETIMEPILOT_PT_look_presets, SPACETIMEPILOT_PT_time_presets
from .stand_in import SPACETIMEPILOT_PT_stand_in
from .time import SPACETIMEPILOT_PT_time
from .volume import SPACETIMEPILOT_PT_volume
from .worker import SPACETIMEPILOT_PT_worker

_CLASSES: tuple[Any, ...] = (
    SpaceTimePilotPreferences,
    SPACETIMEPILOT_UL_streams,
    SPACETIMEPILOT_UL_bakes,
    SPACETIMEPILOT_PT_footage,
    SPACETIMEPILOT_PT_bake,
    SPACETIMEPILOT_PT_field,
    SPACETIMEPILOT_PT_time,
    SPACETIMEPILOT_PT_coverage,
    SPACETIMEPILOT_PT_look,
    SPACETIMEPILOT_PT_light,
    SPACETIMEPILOT_PT_stand_in,
    SPACETIMEPILOT_PT_place,
    SPACETIMEPILOT_PT_volume,
    SPACETIMEPILOT_PT_compositing,
    SPACETIMEPILOT_PT_plate_layers,
    SPACETIMEPILOT_PT_worker,
    SPACETIMEPILOT_PT_clip,
    SPACETIMEPILOT_GT_crop_wire,
    SPACETIMEPILOT_GGT_crop,
    SPACETIMEPILOT_GT_gaze,
    SPACETIMEPILOT_GGT_gaze,
    SPACETIMEPILOT_PT_bake_presets,
    SPACETIMEPILOT_PT_time_presets,
    SPACETIMEPILOT_PT_look_presets,
)


def register() -> None:
    """Make them known to Blender."""
    for kind in _CLASSES:
        bpy.utils.register_class(kind)
    clip.register()


def unregister() -> None:
    """Undo `register`."""
    clip.unregister()
    for kind in reversed(_CLASSES):
        bpy.utils.unregister_class(kind)
