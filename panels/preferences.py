"""The add-on's preferences: where the worker comes from."""

import bpy

from ..spacetimepilot_blender.package import NAME
from ..spacetimepilot_blender.preferences import PreferenceSettings
from ..spacetimepilot_blender.sentences import worker_found
from ..spacetimepilot_blender.worker.set_up_job import log_file, offline_remedy, suiting_build
from ..spacetimepilot_blender.worker.set_up_watch import set_up_view, setting_up
from .findings import draw_checkup, worker_icon
from .sidebar import wrapped

_ICONS = {"done": "CHECKMARK", "failed": "ERROR", "stopped": "CANCEL"}


class SpaceTimePilotPreferences(PreferenceSettings, bpy.types.AddonPreferences):
    """Which Python the worker runs on, and what computes."""

    bl_idname = NAME

    def draw(self, context: bpy.types.Context) -> None:
        """The worker there is, the way to one, and what the doctor says of it."""
        layout = self.layout
        told, well = worker_found()
        if well or not setting_up():
            wrapped(layout, context, f"The worker runs on {told}" if well else told, worker_icon(well))
        self._draw_set_up(layout.box(), context, well)
        column = layout.column()
        column.use_property_split = True
        column.prop(self, "interpreter")
        column.prop(self, "device")
        column.prop(self, "preview_memory")
        layout.operator("spacetimepilot.doctor", icon="HEART")
        draw_checkup(layout, context)

    def _draw_set_up(self, box: bpy.types.UILayout, context: bpy.types.Context, again: bool) -> None:
        view = set_up_view()
        if setting_up():
            box.progress(factor=view.fraction, type="BAR", text=f"{view.fraction * 100:.0f} %   {view.text}")
            row = box.row()
            row.operator("spacetimepilot.cancel_set_up", text="Cancel", icon="X")
        else:
            wrapped(box, context, self._beforehand())
            if not self.wheels and not bpy.app.online_access:
                self._draw_access(box, context)
            row = box.row()
            row.scale_y = 1.0 if again else 1.4
            text = "Set Up Again" if again else "Set Up Worker"
            row.operator("spacetimepilot.set_up_worker", text=text, icon="IMPORT")
        if log_file().is_file():
            row.operator("wm.path_open", text="Open Log", icon="TEXT").filepath = str(log_file())
        if view.text and not setting_up():
            wrapped(box, context, view.text, _ICONS.get(view.state, "NONE"))
        column = box.column()
        column.enabled = not setting_up()
        column.use_property_split = True
        column.prop(self, "wheels")
        column.prop(self, "base_python")

    def _draw_access(self, box: bpy.types.UILayout, context: bpy.types.Context) -> None:
        if bpy.app.online_access_override:
            wrapped(box, context, f"Nothing can be downloaded. {offline_remedy()}", "ERROR")
        else:
            box.prop(context.preferences.system, "use_online_access", text="Allow Online Access")

    def _beforehand(self) -> str:
        """What setting up would do, and what it costs."""
        if self.wheels:
            return f"Set Up Worker makes a Python with all packages from {self.wheels}. Nothing is downloaded."
        build, reason = suiting_build()
        return (
            f"Set Up Worker makes a Python with {build.label} ({reason}). It downloads about {build.download_gb:g} GB,"
            f" and needs {build.disk_gb:g} GB of disk space."
        )
