"""The panel about what the footage has seen: overlays, and whether the camera's move holds."""

from typing import Any

import bpy

from ..spacetimepilot_blender.cameras.move_check import found_for, is_outdated
from ..spacetimepilot_blender.cameras.view_coverage import coverage_now
from ..spacetimepilot_blender.field.field_object import fields_of
from .sidebar import FieldPanel, wrapped

_ICONS: dict[str | None, Any] = {"holds": "CHECKMARK", "doubtful": "QUESTION", "breaks": "ERROR", None: "INFO"}
_ROWS = 12


class SPACETIMEPILOT_PT_coverage(FieldPanel, bpy.types.Panel):
    """From where and when the active field can be re-filmed."""

    bl_label = "Coverage"
    bl_parent_id = "SPACETIMEPILOT_PT_field"

    def draw(self, context: bpy.types.Context) -> None:
        """Overlays, what the camera sees now, and what the last check has found."""
        layout, thing, scene = self.layout, context.object, context.scene
        row = layout.row(align=True)
        row.prop(thing.spacetimepilot, "show_cameras", toggle=True)
        row.prop(thing.spacetimepilot, "show_coverage", toggle=True)
        if thing.library is not None:
            wrapped(layout, context, "Linked from another file: make a library override to show these.", "INFO")
        told, verdict = coverage_now(thing, scene)
        wrapped(layout, context, told, _ICONS[verdict])
        layout.operator("spacetimepilot.check_move", icon="VIEWZOOM")
        kept = found_for(scene)
        if kept is None:
            return
        if is_outdated(kept, scene, thing):
            wrapped(layout, context, "Camera or time have changed since: check again", "FILE_REFRESH")
        if not kept.stretches:
            wrapped(layout, context, f"{kept.text} (frames {kept.first} to {kept.last})", "CHECKMARK")
        self._draw_stretches(context, kept)

    def _draw_stretches(self, context: bpy.types.Context, kept: bpy.types.PropertyGroup) -> None:
        several = len(fields_of(context.scene)) > 1
        column = self.layout.column(align=True)
        for one in kept.stretches[:_ROWS]:
            row = column.row(align=True)
            row.label(
                text=f"{one.field}: {one.verdict}" if several else one.verdict.capitalize(), icon=_ICONS[one.verdict]
            )
            row.operator("spacetimepilot.go_to_frame", text=str(one.first)).frame = one.first
            if one.last > one.first:
                row.operator("spacetimepilot.go_to_frame", text=str(one.last)).frame = one.last
            wrapped(column, context, f"At worst {one.text}", "BLANK1")
        if len(kept.stretches) > _ROWS:
            wrapped(column, context, f"... and {len(kept.stretches) - _ROWS} more")
