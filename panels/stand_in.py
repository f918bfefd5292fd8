"""The panel about what is seen of the active field where it is small."""

import bpy

from ..spacetimepilot_blender.stand_ins.stand_in_told import told_now
from ..spacetimepilot_blender.stand_ins.switching import BY_SIZE, stand_in_of
from .sidebar import FieldPanel, draw_progress, wrapped
from .worker import worker_ready


class SPACETIMEPILOT_PT_stand_in(FieldPanel, bpy.types.Panel):
    """The active field's stand-in."""

    bl_label = "Stand-In"
    bl_idname = "SPACETIMEPILOT_PT_stand_in"
    bl_parent_id = "SPACETIMEPILOT_PT_field"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """When it is seen, what is seen now, and the buttons."""
        layout = self.layout
        layout.use_property_split = True
        thing = context.object
        settings = thing.spacetimepilot
        column = layout.column()
        column.prop(settings, "stand_in_by")
        column.prop(settings, "stand_in_pixels" if settings.stand_in_by == BY_SIZE else "stand_in_distance")
        column.prop(settings, "stand_in_range")
        column = layout.column()
        column.prop(settings, "stand_in_detail")
        column.prop(settings, "stand_in_step")
        own = stand_in_of(context.scene.objects, thing)
        wrapped(layout, context, told_now(context.scene, context.evaluated_depsgraph_get(), thing), "INFO")
        if worker_ready(layout, context):
            layout.operator("spacetimepilot.make_stand_in", icon="MOD_DECIM")
            draw_progress(layout, "spacetimepilot.make_stand_in")
        if own is not None:
            layout.operator("spacetimepilot.remove_stand_in", icon="TRASH")
