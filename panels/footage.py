"""The panel about footage and cameras."""

import bpy

from ..spacetimepilot_blender.footage.footage_check import found_by_check
from .sidebar import SidebarPanel, wrapped
from .worker import worker_ready


class SPACETIMEPILOT_UL_streams(bpy.types.UIList):
    """The footage of the shot, one row a camera."""

    def draw_item(
        self,
        context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: bpy.types.PropertyGroup,
        item: bpy.types.PropertyGroup,
        icon: int,
        active_data: bpy.types.PropertyGroup,
        active_property: str,
    ) -> None:
        """Name and camera."""
        row = layout.row(align=True)
        row.prop(item, "name", text="", emboss=False, icon="CAMERA_DATA")
        row.label(text="" if item.camera is not None else "No camera", icon="NONE" if item.camera else "ERROR")


class SPACETIMEPILOT_PT_footage(SidebarPanel, bpy.types.Panel):
    """Where footage and cameras come from."""

    bl_label = "Footage"
    bl_idname = "SPACETIMEPILOT_PT_footage"

    def draw(self, context: bpy.types.Context) -> None:
        """Source, then its settings."""
        layout = self.layout
        settings = context.scene.spacetimepilot
        layout.row().prop(settings, "source", expand=True)
        if settings.source == "FILE":
            row = layout.row(align=True)
            row.prop(settings, "footage_path", text="")
            row.operator("spacetimepilot.set_footage", text="", icon="FILEBROWSER")
            if settings.footage_path:
                column = layout.column()
                column.use_property_split, column.use_property_decorate = True, False
                column.prop(settings, "colour_space", icon="COLOR", placeholder="sRGB")
            else:
                layout.operator("spacetimepilot.load_sample", icon="FILE_MOVIE")
        else:
            self._draw_streams(layout, settings)
        if worker_ready(layout, context):
            layout.operator("spacetimepilot.check_footage", icon="VIEWZOOM")
        found = found_by_check(context.scene)
        if found:
            wrapped(layout, context, found, "CHECKMARK")

    def _draw_streams(self, layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup) -> None:
        row = layout.row()
        row.template_list(
            "SPACETIMEPILOT_UL_streams", "", settings, "streams", settings, "active_stream", rows=2, maxrows=6
        )
        buttons = row.column(align=True)
        buttons.operator("spacetimepilot.add_stream", text="", icon="ADD")
        buttons.operator("spacetimepilot.remove_stream", text="", icon="REMOVE")
        adding = layout.column(align=True)
        adding.operator("spacetimepilot.add_cameras", icon="OUTLINER_OB_CAMERA")
        adding.operator("spacetimepilot.add_footage_files", icon="FILE_MOVIE")
        column = layout.column()
        column.use_property_split, column.use_property_decorate = True, False
        if 0 <= settings.active_stream < len(settings.streams):
            stream = settings.streams[settings.active_stream]
            column.prop(stream, "camera")
            column.prop(stream, "clip")
            if stream.clip is None:
                column.prop(stream, "path")
            column.prop(stream, "scene_start")
            column.prop(stream, "skip")
            column.prop(stream, "count")
            column.prop(stream, "alpha")
            row = column.row(align=True)
            row.prop(stream, "colour_space", icon="COLOR", placeholder="sRGB")
            row.operator("spacetimepilot.take_colour_space", text="", icon="FILE_REFRESH")
        column.prop(settings, "fps")
