"""The panel that bakes, and the list of bakes with how each stands."""

from typing import Any

import bpy

from ..spacetimepilot_blender.bakes.bake_job import time_left
from ..spacetimepilot_blender.bakes.bake_picture import icon_of
from ..spacetimepilot_blender.bakes.bake_watch import chosen, standing
from .presets import SPACETIMEPILOT_PT_bake_presets
from .sidebar import SidebarPanel, wrapped
from .worker import worker_ready

_ICONS: dict[str, Any] = {
    "queued": "TIME",
    "running": "RENDER_ANIMATION",
    "paused": "PAUSE",
    "done": "CHECKMARK",
    "failed": "ERROR",
    "stopped": "X",
    "killed": "ERROR",
    "lost": "QUESTION",
}
_LIVE = ("running", "queued")
_RESUMABLE = ("paused", "stopped", "killed", "failed")
_PICTURE_SCALE = 7.0


class SPACETIMEPILOT_UL_bakes(bpy.types.UIList):
    """Bakes of this user on this machine, those that began last first."""

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
        """State and name, and how far it is."""
        split = layout.split(factor=0.6)
        split.label(text=item.name, icon="ERROR" if item.warning else _ICONS.get(item.state, "NONE"))
        if item.asked:
            split.label(text=item.asked)
        elif item.state == "running":
            left = f"  {time_left(item.seconds_left)}" if item.seconds_left > 0 else ""
            split.progress(factor=item.fraction, type="BAR", text=f"{item.fraction * 100:.0f} %{left}")
        elif item.state == "paused" and item.fraction > 0:
            split.label(text=f"Paused, {item.fraction * 100:.0f} %")
        else:
            split.label(text=item.state.capitalize())

    def filter_items(
        self, context: bpy.types.Context, data: bpy.types.PropertyGroup, property: str
    ) -> tuple[list[int], list[int]]:
        """By name as in every list, and by the .blend if asked for."""
        rows = getattr(data, property)
        shown = bpy.types.UI_UL_list.filter_items_by_name(self.filter_name, self.bitflag_filter_item, rows, "name")
        shown = shown or [self.bitflag_filter_item] * len(rows)
        if standing().only_here:
            for number, row in enumerate(rows):
                if not row.blend or row.blend != bpy.data.filepath:
                    shown[number] = 0
        return shown, []


class SPACETIMEPILOT_PT_bake(SidebarPanel, bpy.types.Panel):
    """Settings of the bake, its button, and the list of bakes."""

    bl_label = "Bake"
    bl_idname = "SPACETIMEPILOT_PT_bake"

    def draw_header_preset(self, _: bpy.types.Context) -> None:
        """The button of the presets."""
        SPACETIMEPILOT_PT_bake_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        """Settings above, bakes below."""
        layout = self.layout
        settings = context.scene.spacetimepilot
        column = layout.column()
        column.row().prop(settings, "preset", expand=True)
        split = column.column()
        split.use_property_split, split.use_property_decorate = True, False
        split.prop(settings, "output_path")
        split.prop(settings, "minutes")
        split.prop(settings, "seed")
        split.prop(settings, "hold_out")
        split.prop(settings, "sensor")
        split.prop(settings, "robust")
        if worker_ready(layout, context):
            row = layout.row(align=True)
            row.scale_y = 1.4
            row.operator("spacetimepilot.bake", icon="RENDER_ANIMATION")
            layout.operator("spacetimepilot.adapt_field", icon="MOD_TIME")
        if standing().bakes:
            self._draw_bakes()
            bake = chosen()
            if bake is not None:
                self._draw_chosen(context, bake)

    def _draw_bakes(self) -> None:
        row = self.layout.row()
        row.template_list(
            "SPACETIMEPILOT_UL_bakes", "", standing(), "bakes", standing(), "active_bake", rows=3, maxrows=6
        )
        buttons = row.column(align=True)
        buttons.prop(standing(), "only_here", text="", icon="FILE_BLEND")
        buttons.operator("spacetimepilot.open_bake_folder", text="", icon="FILE_FOLDER")
        buttons.operator("spacetimepilot.remove_bake", text="", icon="REMOVE")

    def _draw_chosen(self, context: bpy.types.Context, row: Any) -> None:
        box = self.layout.box()
        wrapped(box, context, f"{row.name}: {row.text}", _ICONS.get(row.state, "NONE"))
        if row.warning:
            wrapped(box, context, row.warning, "ERROR")
        if row.state in _LIVE:
            left = f"{time_left(row.seconds_left)} left" if row.seconds_left > 0 else ""
            box.progress(factor=row.fraction, type="BAR", text=f"{row.fraction * 100:.0f} %   {left}")
        if row.loss > 0 or row.psnr > 0:
            figures = box.row()
            figures.label(text=f"Loss {row.loss:.5f}")
            if row.psnr > 0:
                figures.label(text=f"PSNR {row.psnr:.1f} dB")
            elif row.state in _LIVE and not row.adapts:
                figures.label(text="PSNR: not yet")
        picture = icon_of(row.output, row.picture, row.pictured)
        if picture:
            box.template_icon(icon_value=picture, scale=_PICTURE_SCALE)
        self._draw_buttons(box, row)

    def _draw_buttons(self, box: bpy.types.UILayout, row: Any) -> None:
        buttons = box.row(align=True)
        if row.state in _LIVE:
            buttons.enabled = not row.asked
            if not row.adapts:
                buttons.operator("spacetimepilot.pause_bake", text=row.asked or "Pause", icon="PAUSE")
            buttons.operator("spacetimepilot.cancel_bake", text="Cancel", icon="X")
            return
        if row.state in _RESUMABLE and not row.adapts:
            buttons.operator("spacetimepilot.resume_bake", text="Resume", icon="PLAY")
        if row.state == "done":
            if row.adapts:
                # Beside two others its name has no room.
                box.operator("spacetimepilot.use_version", icon="FILE_TICK").output = row.output
            buttons.operator("spacetimepilot.add_field", icon="ADD").filepath = row.output
            if not row.adapts:
                buttons.operator("spacetimepilot.open_bake_report", icon="TEXT")
        buttons.operator("spacetimepilot.retry_bake", text="Retry", icon="FILE_REFRESH")
