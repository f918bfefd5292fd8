"""Remove Shot Markers: take a field's markers off the timeline."""

import bpy

from ..spacetimepilot_blender.shot_time.shot_markers import has_markers, take_away
from .on_field import FieldOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_remove_shot_markers(FieldOperator, bpy.types.Operator):
    """Take the field's markers off the timeline; those that you have made, moved or renamed stay"""

    bl_idname = "spacetimepilot.remove_shot_markers"
    bl_label = "Remove Shot Markers"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The active field has markers."""
        if not super().poll(context):
            return False
        if not has_markers(context.scene, context.object):
            cls.poll_message_set("This field has no markers on the timeline")
            return False
        return True

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Take them away."""
        count = take_away(context.scene, context.object)
        self.report({"INFO"}, f"Removed {count} marker{'s' if count > 1 else ''}")
        return {"FINISHED"}
