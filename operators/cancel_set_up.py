"""Cancel Set-Up: stop making an environment for the worker."""

import bpy

from ..spacetimepilot_blender.worker import set_up_watch
from .reporting import Result, reported


class SPACETIMEPILOT_OT_cancel_set_up(bpy.types.Operator):
    """Stop setting the worker up; nothing is left of it, and a worker that was there before stays"""

    bl_idname = "spacetimepilot.cancel_set_up"
    bl_label = "Cancel Set-Up"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, _: bpy.types.Context) -> bool:
        """It is being set up."""
        cls.poll_message_set("The worker is not being set up")
        return set_up_watch.setting_up()

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Ask; it is gone within some seconds."""
        set_up_watch.cancel()
        return {"FINISHED"}
