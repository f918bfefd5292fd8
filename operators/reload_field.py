"""Reload Field: take over what was baked into the field's file since."""

import bpy

from ..bake.contract.field_file import read_header
from ..spacetimepilot_blender.field.field_object import field_file, take_header
from .on_field import FieldOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_reload_field(FieldOperator, bpy.types.Operator):
    """Read the field's file again, after it was baked again or replaced"""

    bl_idname = "spacetimepilot.reload_field"
    bl_label = "Reload Field"
    bl_options = {"REGISTER", "UNDO"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Read its header."""
        take_header(context.object, read_header(field_file(context.object)))
        self.report({"INFO"}, f"{context.object.name} shows the field as it is on disk now")
        return {"FINISHED"}
