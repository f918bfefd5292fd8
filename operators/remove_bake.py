"""Remove from List: take a bake off the list."""

import bpy

from ..spacetimepilot_blender.bakes import bake_watch
from .of_a_bake import ENDED, BakeOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_remove_bake(BakeOperator, bpy.types.Operator):
    """Take the bake off the list; its field file and all other files stay"""

    bl_idname = "spacetimepilot.remove_bake"
    bl_label = "Remove from List"
    bl_options = {"REGISTER"}

    states = ENDED
    refusal = "The bake still runs or waits: cancel it first"

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Take it off; files stay where they are."""
        bake_watch.remove(self.meant())
        return {"FINISHED"}
