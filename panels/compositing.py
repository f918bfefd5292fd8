"""The panel about compositing and plates."""

import bpy

from ..spacetimepilot_blender.bakes.bake_watch import standing
from ..spacetimepilot_blender.field.field_object import fields_of
from ..spacetimepilot_blender.plates.compositing import linked_fields
from ..spacetimepilot_blender.plates.native_geometry import left_out
from ..spacetimepilot_blender.plates.plates import is_exact
from .sidebar import SidebarPanel, draw_progress, wrapped
from .worker import worker_ready


class SPACETIMEPILOT_PT_compositing(SidebarPanel, bpy.types.Panel):
    """Fields in the render."""

    bl_label = "Compositing"
    bl_idname = "SPACETIMEPILOT_PT_compositing"

    def draw(self, context: bpy.types.Context) -> None:
        """What is composited, and the buttons that change it."""
        layout = self.layout
        scene = context.scene
        there = linked_fields(scene)
        missing = [thing.name for thing in fields_of(scene) if thing not in there]
        if missing:
            wrapped(layout, context, f"Not in the render yet: {', '.join(missing)}", "INFO")
            layout.operator("spacetimepilot.set_up_compositing", icon="NODE_COMPOSITING")
        if there:
            wrapped(layout, context, f"In the render: {', '.join(thing.name for thing in there)}", "CHECKMARK")
            for thing in there:
                layout.prop(thing.spacetimepilot, "merge", text=None if len(there) == 1 else thing.name)
            missed = left_out(scene) if any(is_exact(thing) for thing in there) else []
            if missed:
                wrapped(layout, context, f"Without a surface, so merged by depth: {', '.join(missed)}", "INFO")
            if worker_ready(layout, context):
                layout.operator("spacetimepilot.make_plates", icon="IMAGE_RGB_ALPHA")
                layout.operator("spacetimepilot.prepare_farm", icon="RENDER_ANIMATION")
                draw_progress(layout, "spacetimepilot.make_plates", "spacetimepilot.prepare_farm")
            layout.operator("spacetimepilot.remove_compositing", text="Remove", icon="TRASH")
        if not there and not missing:
            wrapped(layout, context, "Add a field first.")
        if standing().render_failure:
            wrapped(layout, context, standing().render_failure, "ERROR")
