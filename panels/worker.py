"""The panel about the worker."""

import bpy

from ..spacetimepilot_blender.sentences import worker_found
from .sidebar import SidebarPanel, wrapped


class SPACETIMEPILOT_PT_worker(SidebarPanel, bpy.types.Panel):
    """Which Python does the work, and whether it can."""

    bl_label = "Worker"
    bl_idname = "SPACETIMEPILOT_PT_worker"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """The interpreter, or what to do without one."""
        layout = self.layout
        told, well = worker_found()
        wrapped(layout, context, told, "CHECKMARK" if well else "ERROR")
        layout.operator("spacetimepilot.doctor", icon="HEART")
