"""What a person sees: the sidebar tab SpaceTimePilot of the 3D viewport."""

import bpy

from .bake import SPACETIMEPILOT_PT_bake
from .compositing import SPACETIMEPILOT_PT_compositing
from .field import SPACETIMEPILOT_PT_field, SPACETIMEPILOT_PT_look, SPACETIMEPILOT_PT_time
from .footage import SPACETIMEPILOT_PT_footage, SPACETIMEPILOT_UL_streams
from .worker import SPACETIMEPILOT_PT_worker

register, unregister = bpy.utils.register_classes_factory(
    (
        SPACETIMEPILOT_UL_streams,
        SPACETIMEPILOT_PT_footage,
        SPACETIMEPILOT_PT_bake,
        SPACETIMEPILOT_PT_field,
        SPACETIMEPILOT_PT_time,
        SPACETIMEPILOT_PT_look,
        SPACETIMEPILOT_PT_compositing,
        SPACETIMEPILOT_PT_worker,
    )
)
