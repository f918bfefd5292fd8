"""Retry Bake: bake again what was baked before."""

import bpy

from ..spacetimepilot_blender.bakes import bake_watch
from .of_a_bake import ENDED, BakeOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_retry_bake(BakeOperator, bpy.types.Operator):
    """Bake from the beginning with the settings of before, as soon as your other bakes have ended"""

    bl_idname = "spacetimepilot.retry_bake"
    bl_label = "Retry Bake"
    bl_options = {"REGISTER"}

    states = ENDED
    refusal = "The bake still runs or waits"

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Start it; it goes on beside Blender."""
        bake_watch.begin_again(self.meant(), resume=False)
        return {"FINISHED"}
