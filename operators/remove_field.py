"""Remove Field: take a field and its compositing out of the scene."""

import bpy

from ..spacetimepilot_blender.light.catcher_kit import remove_catcher
from ..spacetimepilot_blender.plates.compositing import remove
from ..spacetimepilot_blender.stand_ins.stand_in_kit import remove_stand_in
from .on_field import FieldOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_remove_field(FieldOperator, bpy.types.Operator):
    """Take the field and its compositing out of the scene; files on disk are kept"""

    bl_idname = "spacetimepilot.remove_field"
    bl_label = "Remove Field"
    bl_options = {"REGISTER", "UNDO"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Take it out everywhere, then remove it."""
        thing, name = context.object, context.object.name
        for scene in bpy.data.scenes:
            remove_catcher(scene, thing)
            remove_stand_in(scene, thing)
            remove(scene, thing)
        bpy.data.objects.remove(thing)
        self.report({"INFO"}, f"Removed {name}; its file and plates are kept")
        return {"FINISHED"}
