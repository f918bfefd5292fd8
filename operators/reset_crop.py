"""Reset Crop: the crop box becomes the field's own box."""

import bpy

from ..spacetimepilot_blender.crop_box import crop_to_bounds
from ..spacetimepilot_blender.field_object import is_field
from .reporting import Result


class SPACETIMEPILOT_OT_reset_crop(bpy.types.Operator):
    """Make the crop box as large as the field's own box again"""

    bl_idname = "spacetimepilot.reset_crop"
    bl_label = "Reset Crop"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is active."""
        if not is_field(context.object):
            cls.poll_message_set("Select a field")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Result:
        """Reset it."""
        crop_to_bounds(context.object)
        return {"FINISHED"}
