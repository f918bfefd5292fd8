"""Reset Crop: the crop box becomes the field's own box."""

import bpy

from ..spacetimepilot_blender.field.crop_box import crop_to_bounds
from .on_field import FieldOperator
from .reporting import Result


class SPACETIMEPILOT_OT_reset_crop(FieldOperator, bpy.types.Operator):
    """Make the crop box as large as the field's own box again"""

    bl_idname = "spacetimepilot.reset_crop"
    bl_label = "Reset Crop"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> Result:
        """Reset it."""
        crop_to_bounds(context.object)
        return {"FINISHED"}
