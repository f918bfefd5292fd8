"""Set Up Compositing: join the fields and the render by depth."""

import bpy

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.field.field_object import fields_of
from ..spacetimepilot_blender.light.catcher_kit import join_shadows
from ..spacetimepilot_blender.plates.compositing import compositing_tree, group_nodes, linked_fields, set_up
from ..spacetimepilot_blender.plates.standing_plates import empty_plate
from .reporting import Result, reported

_PLAIN = {"CompositorNodeRLayers", "CompositorNodeComposite", "NodeGroupOutput", "CompositorNodeViewer"}


class SPACETIMEPILOT_OT_set_up_compositing(bpy.types.Operator):
    """Join every field of the scene and the render by depth, behind the Render Layers node"""

    bl_idname = "spacetimepilot.set_up_compositing"
    bl_label = "Set Up Compositing"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is a field."""
        if not fields_of(context.scene):
            cls.poll_message_set("Add a field first")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Ask before anything is put into a tree that the artist has built."""
        tree = compositing_tree(context.scene)
        ours = group_nodes(context.scene)
        if tree is None or all(node in ours or node.bl_idname in _PLAIN for node in tree.nodes):
            return self.execute(context)
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Set Up Compositing",
            message="The field goes between Render Layers and what hangs on its Image and Depth. Remove undoes it.",
            confirm_text="Insert",
        )

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Set up the fields that are not there yet."""
        scene = context.scene
        there = linked_fields(scene)
        new = [thing for thing in fields_of(scene) if thing not in there]
        if not new:
            raise UserError("Every field is in the compositing already.", "Remove it first to set it up anew.")
        opaque_film = not scene.render.film_transparent
        for thing in new:
            set_up(scene, context.view_layer, thing, str(empty_plate(thing)))
        join_shadows(scene)
        scene.render.use_compositing = True
        told = f"{', '.join(thing.name for thing in new)}: composited by depth"
        if opaque_film and scene.render.film_transparent:
            told += ". Film is transparent now, because the footage fills the frame"
        self.report({"INFO"}, told)
        return {"FINISHED"}
