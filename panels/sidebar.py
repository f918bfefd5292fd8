"""What all panels of the sidebar tab share."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from ..spacetimepilot_blender.field.field_object import is_field
from ..spacetimepilot_blender.under_way import under_way

_PIXELS_A_LETTER = 7.5


class SidebarPanel:
    """Base of the panels in the tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "SpaceTimePilot"


class FieldPanel(SidebarPanel):
    """Base of the panels that are there for the active field alone."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is active."""
        return is_field(context.object)


def draw_progress(layout: bpy.types.UILayout, *operators: str) -> None:
    """How far it is, where one of these operators follows work, such as "spacetimepilot.make_volumes"."""
    now = under_way()
    if now is not None and now.operator in operators:
        layout.progress(factor=now.fraction, type="BAR", text=now.told)
        layout.label(text="Escape stops it", icon="INFO")


def wrapped(layout: bpy.types.UILayout, context: bpy.types.Context, text: str, icon: Any = "NONE") -> None:
    """A sentence over as many lines as the sidebar's width needs."""
    scale = context.preferences.system.ui_scale
    letters = max(int((context.region.width - 60 * scale) / (_PIXELS_A_LETTER * scale)), 18)
    column = layout.column(align=True)
    for number, line in enumerate(line for part in text.splitlines() for line in textwrap.wrap(part, letters)):
        column.label(text=line, icon=icon if number == 0 else ("BLANK1" if icon != "NONE" else "NONE"))
