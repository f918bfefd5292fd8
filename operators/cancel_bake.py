"""Cancel Bake: ask a bake to stop."""

import bpy

from ..spacetimepilot_blender.bakes import bake_watch
from .of_a_bake import LIVE, BakeOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_cancel_bake(BakeOperator, bpy.types.Operator):
    """Stop the bake; its last good state is kept, and Resume goes on from it"""

    bl_idname = "spacetimepilot.cancel_bake"
    bl_label = "Cancel Bake"
    bl_options = {"REGISTER"}

    states = LIVE
    refusal = "Only a bake that runs or waits can be cancelled"

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Ask; it stops within a second or two."""
        bake_watch.stop(self.meant())
        return {"FINISHED"}
