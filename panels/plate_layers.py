"""The panel about what plates carry for compositors."""

import bpy

from ..spacetimepilot_blender.plates.compositing import group_nodes, linked_fields
from ..spacetimepilot_blender.plates.layer_choice import SETTING, chosen_layers, idle_sockets
from .sidebar import SidebarPanel, wrapped

_KINDS = ("position", "normal", "vector", "mattes", "confidence")


class SPACETIMEPILOT_PT_plate_layers(SidebarPanel, bpy.types.Panel):
    """Layers of plates, field by field."""

    bl_label = "Layers"
    bl_idname = "SPACETIMEPILOT_PT_plate_layers"
    bl_parent_id = "SPACETIMEPILOT_PT_compositing"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only fields in the render have plates."""
        return bool(linked_fields(context.scene))

    def draw(self, context: bpy.types.Context) -> None:
        """A switch for each layer, and what hangs on layers that are off."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        scene = context.scene
        things = linked_fields(scene)
        for thing in things:
            heading = layout.column(heading="Plates Carry" if len(things) == 1 else thing.name)
            for kind in _KINDS:
                heading.prop(thing.spacetimepilot, SETTING.format(kind))
            heading.prop(thing.spacetimepilot, "deep_plates")
        for node in group_nodes(scene):
            thing = node.node_tree.spacetimepilot.field
            idle = idle_sockets(node.node_tree, chosen_layers(thing)) if thing in things else []
            if idle:
                told = f"{', '.join(idle)} of {node.label or node.name}: in use, but the layer is off"
                wrapped(layout, context, told, "ERROR")
