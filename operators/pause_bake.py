"""Pause Bake: ask a bake to rest."""

import bpy

from ..spacetimepilot_blender.bakes import bake_watch
from .of_a_bake import LIVE, BakeOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_pause_bake(BakeOperator, bpy.types.Operator):
    """Let the bake rest: the machine is free, and the next one in the queue begins. Resume goes on from where it was"""

    bl_idname = "spacetimepilot.pause_bake"
    bl_label = "Pause Bake"
    bl_options = {"REGISTER"}

    states = LIVE
    refusal = "Only a bake that runs or waits can be paused"

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Ask; it rests within a second or two."""
        bake_watch.pause(self.meant())
        return {"FINISHED"}
