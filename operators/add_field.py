"""Add Field: put baked fields into the scene."""

import contextlib

import bpy
from bpy.props import CollectionProperty, StringProperty

from ..bake.contract.errors import UserError
from ..bake.contract.field_file import read_header
from ..spacetimepilot_blender.field.field_object import add_field
from ..spacetimepilot_blender.footage.shot_source import field_output
from ..spacetimepilot_blender.paths import chosen_files
from .reporting import Result, reported


class SPACETIMEPILOT_OT_add_field(bpy.types.Operator):
    """Put a baked field into the scene; its box shows what the footage has seen"""

    bl_idname = "spacetimepilot.add_field"
    bl_label = "Add Field"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="Field File", subtype="FILE_PATH", options={"SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})
    filter_glob: StringProperty(default="*.stp", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Ask for the file, unless it was given."""
        if self.filepath or self.files:
            return self.execute(context)
        with contextlib.suppress(UserError):  # Without one the file browser opens where it was last.
            self.filepath = str(field_output(context.scene))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Add every file, and make the last one active."""
        one = self.filepath or context.scene.spacetimepilot.output_path
        paths = chosen_files(self.directory, self.files, one, "The field file")
        for path in paths:  # All or none: a broken file must not leave half of them behind.
            read_header(path)
        fields = [add_field(context.scene, path, context.collection) for path in paths]
        for other in context.view_layer.objects:
            other.select_set(False)
        for thing in fields:
            thing.select_set(True)
        context.view_layer.objects.active = fields[-1]
        self.filepath = ""
        return {"FINISHED"}
