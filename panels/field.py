"""The panels about the active field: its file and its look."""

import bpy

from ..spacetimepilot_blender.field.field_object import is_field
from ..spacetimepilot_blender.field.points import field_in_question
from .presets import SPACETIMEPILOT_PT_look_presets
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

    def draw_header_preset(self, _: bpy.types.Context) -> None:
        """The button of the presets."""
        SPACETIMEPILOT_PT_look_presets.draw_panel_header(self.layout)

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
            layout.operator("spacetimepilot.reset_crop", icon="LOOP_BACK")


class SPACETIMEPILOT_PT_place(SidebarPanel, bpy.types.Panel):
    """Where the field stands."""

    bl_label = "Floor and Scale"
    bl_idname = "SPACETIMEPILOT_PT_place"
    bl_parent_id = "SPACETIMEPILOT_PT_field"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """It is clear which field is meant, whether it or its points are selected."""
        return field_in_question(context) is not None

    def draw(self, _: bpy.types.Context) -> None:
        """How to say where the floor is and how long something is."""
        layout = self.layout
        row = layout.row(align=True)
        row.operator("spacetimepilot.pick_points", icon="EYEDROPPER")
        row.operator("spacetimepilot.add_point", icon="CURSOR")
        column = layout.column(align=True)
        column.operator("spacetimepilot.set_floor", icon="GRID")
        column.operator("spacetimepilot.set_distance", icon="DRIVER_DISTANCE")
