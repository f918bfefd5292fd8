"""Add Preset: keep settings of the bake, or of a field's time or look, under a name; and take them away again."""

import bpy
from bl_operators.presets import AddPresetBase

from ..spacetimepilot_blender.preset_kinds import BAKE, LOOK, TIME


class SPACETIMEPILOT_OT_add_bake_preset(AddPresetBase, bpy.types.Operator):
    """Keep these settings as a preset, or remove one; the field file's place is not part of it"""

    bl_idname = BAKE.add_operator
    bl_label = "Add Bake Preset"
    preset_menu = BAKE.panel
    preset_subdir = BAKE.folder
    preset_defines = [BAKE.owner]
    preset_values = BAKE.values


class SPACETIMEPILOT_OT_add_time_preset(AddPresetBase, bpy.types.Operator):
    """Keep this time as a preset, or remove one; an animated Shot Time is not part of it"""

    bl_idname = TIME.add_operator
    bl_label = "Add Time Preset"
    preset_menu = TIME.panel
    preset_subdir = TIME.folder
    preset_defines = [TIME.owner]
    preset_values = TIME.values


class SPACETIMEPILOT_OT_add_look_preset(AddPresetBase, bpy.types.Operator):
    """Keep this look as a preset, or remove one; the crop is not part of it"""

    bl_idname = LOOK.add_operator
    bl_label = "Add Look Preset"
    preset_menu = LOOK.panel
    preset_subdir = LOOK.folder
    preset_defines = [LOOK.owner]
    preset_values = LOOK.values
