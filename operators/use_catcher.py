"""Use Catcher: what captured surfaces do in renders."""

import bpy
from bpy.props import EnumProperty

from ..spacetimepilot_blender.field.field_object import is_field
from ..spacetimepilot_blender.light.catcher_kit import catcher_of, use_as
from ..spacetimepilot_blender.light.light_settings import ROLES
from .reporting import Result, reported


class CatcherOperator:
    """Base of operators that need a field with captured surfaces."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There are surfaces of the active field."""
        if not is_field(context.object):
            cls.poll_message_set("Select a field")
            return False
        if catcher_of(context.scene, context.object) is None:
            cls.poll_message_set("Press Make Catcher first")
            return False
        return True


class SPACETIMEPILOT_OT_use_catcher(CatcherOperator, bpy.types.Operator):
    """Let the captured surfaces catch shadows, hold out what lies behind them, or only light and shade"""

    bl_idname = "spacetimepilot.use_catcher"
    bl_label = "Use Catcher"
    bl_options = {"REGISTER", "UNDO"}

    role: EnumProperty(name="Role", description="What captured surfaces do in renders", items=ROLES)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Give them the role."""
        surfaces = catcher_of(context.scene, context.object)
        use_as(context.scene, context.view_layer, surfaces, self.role)
        return {"FINISHED"}
