"""Add Field: put a baked field into the scene."""

import bpy
from bpy.props import StringProperty

from ..spacetimepilot_blender.field_object import add_field
from ..spacetimepilot_blender.paths import absolute
from .reporting import Result, reported


class SPACETIMEPILOT_OT_add_field(bpy.types.Operator):
    """Put a baked field into the scene; its box shows what the footage has seen"""

    bl_idname = "spacetimepilot.add_field"
    bl_label = "Add Field"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="Field File", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.stp", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Ask for the file, unless it was given."""
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Add it and make it active."""
        chosen = self.filepath or context.scene.spacetimepilot.output_path
        thing = add_field(context.scene, absolute(chosen, "The field file"), context.collection)
        for other in context.view_layer.objects:
            other.select_set(False)
        context.view_layer.objects.active = thing
        thing.select_set(True)
        self.filepath = ""
        return {"FINISHED"}
