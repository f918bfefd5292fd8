"""The panel that bakes, and shows how the bake stands."""

import bpy

from ..spacetimepilot_blender.bake_job import time_left
from ..spacetimepilot_blender.bake_watch import running, standing
from .sidebar import SidebarPanel, wrapped
from .worker import worker_ready

_ICONS = {"done": "CHECKMARK", "failed": "ERROR", "killed": "ERROR", "stopped": "PAUSE"}
_RESUMABLE = {"killed", "stopped", "failed"}


class SPACETIMEPILOT_PT_bake(SidebarPanel, bpy.types.Panel):
    """Settings of the bake, its button, and how it stands."""

    bl_label = "Bake"
    bl_idname = "SPACETIMEPILOT_PT_bake"

    def draw(self, context: bpy.types.Context) -> None:
        """Settings above, the bake below."""
        layout = self.layout
        settings = context.scene.spacetimepilot
        column = layout.column()
        column.enabled = not running()
        column.row().prop(settings, "preset", expand=True)
        split = column.column()
        split.use_property_split, split.use_property_decorate = True, False
        split.prop(settings, "output_path")
        split.prop(settings, "minutes")
        split.prop(settings, "seed")
        split.prop(settings, "hold_out")
        split.prop(settings, "sensor")
        split.prop(settings, "robust")
        if running():
            self._draw_running(context)
        else:
            self._draw_idle(context)

    def _draw_running(self, context: bpy.types.Context) -> None:
        now = standing()
        column = self.layout.column(align=True)
        left = f"{time_left(now.seconds_left)} left" if now.seconds_left > 0 else ""
        column.progress(factor=now.fraction, type="BAR", text=f"{now.fraction * 100:.0f} %   {left}")
        row = column.row()
        row.enabled = not now.stopping
        row.operator("spacetimepilot.cancel_bake", text="Stopping" if now.stopping else "Cancel", icon="X")
        wrapped(self.layout, context, now.text)

    def _draw_idle(self, context: bpy.types.Context) -> None:
        now = standing()
        if worker_ready(self.layout, context):
            row = self.layout.row(align=True)
            row.scale_y = 1.4
            row.operator("spacetimepilot.bake", icon="RENDER_ANIMATION")
            if now.state in _RESUMABLE:
                row.operator("spacetimepilot.bake", text="Resume", icon="PLAY").resume = True
        if now.text:
            wrapped(self.layout, context, now.text, _ICONS.get(now.state, "NONE"))
        if now.state == "done":
            row = self.layout.row(align=True)
            row.operator("spacetimepilot.add_field", icon="ADD").filepath = now.output
            row.operator("spacetimepilot.open_report", icon="TEXT")
