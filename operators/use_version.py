"""Use New Version: let fields show the longer field that was made from theirs."""

from pathlib import Path

import bpy

from ..spacetimepilot_blender.bakes.adapting import use_version
from ..spacetimepilot_blender.bakes.bake_standing import chosen
from .of_a_bake import BakeOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_use_version(BakeOperator, bpy.types.Operator):
    """Let the fields that show the old file show the new one; place, time and look stay. The old file is kept"""

    bl_idname = "spacetimepilot.use_version"
    bl_label = "Use New Version"
    bl_options = {"REGISTER", "UNDO"}

    states = frozenset({"done"})
    refusal = "It has not ended well"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Something was adapted."""
        row = chosen()
        if not bpy.app.background and row is not None and not row.adapts:
            cls.poll_message_set("Choose a field that was adapted, in the list of bakes")
            return False
        return super().poll(context)

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Point them to it."""
        new = Path(self.meant())
        things = use_version(new)
        names = ", ".join(thing.name for thing in things)
        self.report({"INFO"}, f"{names}: shot frames up to {things[0].spacetimepilot.last_frame:g}, from {new.name}")
        return {"FINISHED"}
