"""Cancel Bake: ask the running bake to stop."""

import bpy

from ..spacetimepilot_blender import bake_watch
from .reporting import Result, reported


class SPACETIMEPILOT_OT_cancel_bake(bpy.types.Operator):
    """Stop the bake; its last good state is kept, and Resume goes on from it"""

    bl_idname = "spacetimepilot.cancel_bake"
    bl_label = "Cancel Bake"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, _: bpy.types.Context) -> bool:
        """A bake is being watched."""
        return bake_watch.running()

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Ask; it stops within a second or two."""
        bake_watch.cancel()
        return {"FINISHED"}
