"""The panel about the worker."""

import bpy

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.interpreter import find_interpreter
from .sidebar import SidebarPanel, wrapped


class SPACETIMEPILOT_PT_worker(SidebarPanel, bpy.types.Panel):
    """Which Python does the work, and whether it can."""

    bl_label = "Worker"
    bl_idname = "SPACETIMEPILOT_PT_worker"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """The interpreter, or what to do without one."""
        layout = self.layout
        try:
            wrapped(layout, context, str(find_interpreter()), "CHECKMARK")
        except UserError as error:
            wrapped(layout, context, str(error), "ERROR")
        layout.operator("spacetimepilot.doctor", icon="HEART")
