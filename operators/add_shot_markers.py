"""Shot Markers: frames of the shot on the timeline."""

import bpy
from bpy.props import IntProperty

from ..spacetimepilot_blender.shot_time.shot_markers import place
from .on_field import FieldOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_add_shot_markers(FieldOperator, bpy.types.Operator):
    """Mark on the timeline when the field shows which frame of the shot; only its own markers are replaced"""

    bl_idname = "spacetimepilot.add_shot_markers"
    bl_label = "Shot Markers"
    bl_options = {"REGISTER", "UNDO"}

    every: IntProperty(
        name="Every", description="Mark each shot frame that is a multiple of this", default=10, min=1, soft_max=100
    )

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Put them there."""
        count = place(context.scene, context.view_layer, context.object, self.every)
        if count:
            self.report({"INFO"}, f"{count} marker{'s' if count > 1 else ''} of {context.object.name}")
        else:
            self.report({"WARNING"}, f"{context.object.name} shows no multiple of {self.every} in the scene's frames")
        return {"FINISHED"}
