"""The panel about the active field's time."""

import bpy

from ..spacetimepilot_blender.field.field_settings import SETTINGS_OF_MODE
from ..spacetimepilot_blender.sentences import shown_now
from .presets import SPACETIMEPILOT_PT_time_presets
from .sidebar import FieldPanel, wrapped


class SPACETIMEPILOT_PT_time(FieldPanel, bpy.types.Panel):
    """The active field's time."""

    bl_label = "Time"
    bl_parent_id = "SPACETIMEPILOT_PT_field"

    def draw_header_preset(self, _: bpy.types.Context) -> None:
        """The button of the presets."""
        SPACETIMEPILOT_PT_time_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        """The mode, what it needs, the shot frame that is shown now, and what can be made of the mode."""
        layout = self.layout
        column = layout.column()
        column.use_property_split = True
        settings = context.object.spacetimepilot
        column.prop(settings, "mode")
        for name in SETTINGS_OF_MODE[settings.mode]:
            column.prop(settings, name)
        told, well = shown_now(context.object, context.scene)
        wrapped(layout, context, told, "TIME" if well else "ERROR")
        layout.operator("spacetimepilot.make_time_keys", icon="FCURVE")
        row = layout.row(align=True)
        row.operator("spacetimepilot.add_shot_markers", icon="MARKER_HLT")
        row.operator("spacetimepilot.remove_shot_markers", text="", icon="X")
