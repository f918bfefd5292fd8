"""Resume Bake: go on with a bake that has stopped."""

import bpy

from ..spacetimepilot_blender.bakes import bake_watch
from .of_a_bake import ENDED, BakeOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_resume_bake(BakeOperator, bpy.types.Operator):
    """Go on from the last checkpoint with the settings of before, as soon as your other bakes have ended"""

    bl_idname = "spacetimepilot.resume_bake"
    bl_label = "Resume Bake"
    bl_options = {"REGISTER"}

    states = ENDED - {"done", "lost"}
    refusal = "Only a bake that was paused, cancelled or killed, or that failed, can be resumed"

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Start it; it goes on beside Blender."""
        bake_watch.begin_again(self.meant(), resume=True)
        return {"FINISHED"}
