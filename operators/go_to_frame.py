"""Go to Frame: jump to a frame that something was found in."""

import bpy
from bpy.props import IntProperty

from .reporting import Result


class SPACETIMEPILOT_OT_go_to_frame(bpy.types.Operator):
    """Go to this frame of the timeline"""

    bl_idname = "spacetimepilot.go_to_frame"
    bl_label = "Go to Frame"
    bl_options = {"UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    frame: IntProperty(name="Frame", description="Scene frame")

    def execute(self, context: bpy.types.Context) -> Result:
        """Go there."""
        context.scene.frame_set(self.frame)
        return {"FINISHED"}
