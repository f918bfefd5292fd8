"""The panels about the active field: its file and its look."""

import bpy

from ..spacetimepilot_blender.field_object import is_field
from .sidebar import SidebarPanel, wrapped


class SPACETIMEPILOT_PT_field(SidebarPanel, bpy.types.Panel):
    """The active field."""

    bl_label = "Field"
    bl_idname = "SPACETIMEPILOT_PT_field"

    def draw(self, context: bpy.types.Context) -> None:
        """Its file and what it holds, or how to get one."""
        layout = self.layout
        thing = context.object
        if not is_field(thing):
            wrapped(layout, context, "Select a field, or add one:")
            layout.operator("spacetimepilot.add_field", icon="ADD").filepath = ""
            return
        settings = thing.spacetimepilot
        row = layout.row(align=True)
        row.prop(settings, "file", text="")
        row.operator("spacetimepilot.reload_field", text="", icon="FILE_REFRESH")
        told = f"{settings.shot}: frames {settings.first_frame:g} to {settings.last_frame:g}, {settings.fps:g} fps"
        if settings.psnr > 0:
            told += f", {settings.psnr:.1f} dB"
        wrapped(layout, context, told, "INFO")
        layout.operator("spacetimepilot.open_report", icon="TEXT")
        layout.operator("spacetimepilot.add_footage_camera", icon="CAMERA_DATA")
        layout.operator("spacetimepilot.remove_field", icon="TRASH")


class SPACETIMEPILOT_PT_look(SidebarPanel, bpy.types.Panel):
    """The active field's look."""

    bl_label = "Look"
    bl_parent_id = "SPACETIMEPILOT_PT_field"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is active."""
        return is_field(context.object)

    def draw(self, context: bpy.types.Context) -> None:
        """Whether viewports show it, quality, exposures and crop."""
        layout = self.layout
        layout.use_property_split = True
        settings = context.object.spacetimepilot
        layout.prop(settings, "in_viewport")
        layout.prop(settings, "quality")
        layout.prop(settings, "exposure")
        layout.prop(settings, "exposure_of")
        if settings.exposure_of == "frame":
            layout.prop(settings, "exposure_frame")
        layout.prop(settings, "use_crop")
        if settings.use_crop:
            layout.prop(settings, "crop_min")
            layout.prop(settings, "crop_max")
