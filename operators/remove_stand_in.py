"""Remove Stand-In: let fields be fields again, however small they are."""

import bpy

from ..spacetimepilot_blender.stand_ins.stand_in_kit import remove_stand_in
from ..spacetimepilot_blender.stand_ins.switching import stand_in_of
from .make_stand_in import selected_fields
from .on_field import FieldOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_remove_stand_in(FieldOperator, bpy.types.Operator):
    """Take the stand-ins of the selected fields out of the scene; the meshes on disk are kept"""

    bl_idname = "spacetimepilot.remove_stand_in"
    bl_label = "Remove Stand-In"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The active field has a stand-in."""
        if not super().poll(context):
            return False
        if stand_in_of(context.scene.objects, context.object) is None:
            cls.poll_message_set("Press Make Stand-In first")
            return False
        return True

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Take them out."""
        done = [thing.name for thing in selected_fields(context) if remove_stand_in(context.scene, thing)]
        self.report({"INFO"}, f"{', '.join(done)}: no stand-in any more; the meshes are kept")
        return {"FINISHED"}
