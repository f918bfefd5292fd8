"""The lists of presets, behind the button in the header of a panel."""

import bpy
from bl_ui.utils import PresetPanel

from ..spacetimepilot_blender.preset_kinds import BAKE, LOOK, TIME

_APPLY = "spacetimepilot.apply_preset"


class SPACETIMEPILOT_PT_bake_presets(PresetPanel, bpy.types.Panel):
    """Kept settings of the bake."""

    bl_label = "Bake Presets"
    preset_subdir = BAKE.folder
    preset_operator = _APPLY
    preset_operator_defaults = {"menu_idname": BAKE.panel}
    preset_add_operator = BAKE.add_operator


class SPACETIMEPILOT_PT_time_presets(PresetPanel, bpy.types.Panel):
    """Kept times of a field."""

    bl_label = "Time Presets"
    preset_subdir = TIME.folder
    preset_operator = _APPLY
    preset_operator_defaults = {"menu_idname": TIME.panel}
    preset_add_operator = TIME.add_operator


class SPACETIMEPILOT_PT_look_presets(PresetPanel, bpy.types.Panel):
    """Kept looks of a field."""

    bl_label = "Look Presets"
    preset_subdir = LOOK.folder
    preset_operator = _APPLY
    preset_operator_defaults = {"menu_idname": LOOK.panel}
    preset_add_operator = LOOK.add_operator
