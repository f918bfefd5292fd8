"""The panel about the worker, and what every panel shows where there is none."""

import bpy

from ..spacetimepilot_blender.package import NAME
from ..spacetimepilot_blender.sentences import worker_found
from ..spacetimepilot_blender.worker.set_up_watch import set_up_view, setting_up
from .findings import draw_checkup, worker_icon
from .sidebar import SidebarPanel, wrapped


class SPACETIMEPILOT_PT_worker(SidebarPanel, bpy.types.Panel):
    """Which Python does the work, and whether it can."""

    bl_label = "Worker"
    bl_idname = "SPACETIMEPILOT_PT_worker"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """The interpreter, or the way to one; below it what the doctor has found."""
        layout = self.layout
        told, well = worker_found()
        wrapped(layout, context, told, worker_icon(well))
        if setting_up():
            layout.progress(factor=set_up_view().fraction, type="BAR", text=_told_of_set_up())
        _draw_way(layout, "Preferences" if well else "Set Up Worker")
        layout.operator("spacetimepilot.doctor", icon="HEART")
        draw_checkup(layout, context)


def worker_ready(layout: bpy.types.UILayout, context: bpy.types.Context) -> bool:
    """Whether there is a worker; if not, say so and lead to where one is made."""
    if worker_found()[1]:
        return True
    view = set_up_view()
    if setting_up():
        wrapped(layout, context, _told_of_set_up(), "INFO")
    elif view.state == "failed":
        wrapped(layout, context, view.text, "ERROR")
    else:
        wrapped(layout, context, "This needs a worker.", "INFO")
    _draw_way(layout, "Set Up Worker")
    return False


def _told_of_set_up() -> str:
    return f"The worker is being set up: {set_up_view().fraction * 100:.0f}\u00a0%"


def _draw_way(layout: bpy.types.UILayout, text: str) -> None:
    layout.operator("preferences.addon_show", text=text, icon="PREFERENCES").module = NAME
