"""Reload Field: take over what was baked into the field's file since."""

import bpy

from ..bake.contract.field_file import read_header
from ..spacetimepilot_blender.field.field_object import field_file, is_field, take_header
from .reporting import Result, reported


class SPACETIMEPILOT_OT_reload_field(bpy.types.Operator):
    """Read the field's file again, after it was baked again or replaced"""

    bl_idname = "spacetimepilot.reload_field"
    bl_label = "Reload Field"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is active."""
        return is_field(context.object)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Read its header."""
        take_header(context.object, read_header(field_file(context.object)))
        self.report({"INFO"}, f"{context.object.name} shows the field as it is on disk now")
        return {"FINISHED"}
