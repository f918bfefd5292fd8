"""Remove Compositing: take the fields out of the compositing again."""

import bpy

from ..spacetimepilot_blender.plates.compositing import group_nodes, remove
from .reporting import Result, reported


class SPACETIMEPILOT_OT_remove_compositing(bpy.types.Operator):
    """Take every field out of the compositing; the rest of the tree stays connected as it was"""

    bl_idname = "spacetimepilot.remove_compositing"
    bl_label = "Remove Compositing"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is in the compositing."""
        if not group_nodes(context.scene):
            cls.poll_message_set("No field is in the compositing")
            return False
        return True

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Take them out, the last of the chain first."""
        fields = dict.fromkeys(node.node_tree.spacetimepilot.field for node in group_nodes(context.scene))
        for thing in fields:
            remove(context.scene, thing)
        self.report({"INFO"}, "The compositing is without fields again")
        return {"FINISHED"}
