"""Choose Capture: a capture on disk becomes the shot's footage, chosen or dropped into the viewport."""

import bpy
from bpy.props import CollectionProperty, StringProperty

from ..spacetimepilot_blender.footage.capture_files import ENDINGS, capture_of
from ..spacetimepilot_blender.paths import chosen_files, relative
from .reporting import Result, reported


class SPACETIMEPILOT_OT_set_footage(bpy.types.Operator):
    """Choose a capture as the shot's footage, by a file of it: transforms.json, *.shot.json, a COLMAP model and more"""

    bl_idname = "spacetimepilot.set_footage"
    bl_label = "Choose Capture"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="Capture", subtype="FILE_PATH", options={"SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})
    filter_glob: StringProperty(default=";".join(f"*{ending}" for ending in ENDINGS), options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Ask for a file, unless one was given."""
        if self.filepath or self.files:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Take it, if it is a capture."""
        capture = capture_of(chosen_files(self.directory, self.files, self.filepath, "The capture"))
        settings = context.scene.spacetimepilot
        settings.source, settings.footage_path = "FILE", relative(capture)
        self.report({"INFO"}, f"The shot's footage is {capture} now")
        return {"FINISHED"}
