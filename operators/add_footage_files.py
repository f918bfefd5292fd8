"""Add Footage Files: several videos and image sequences at once, each with the camera it is named after."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, IntProperty, StringProperty

from ..spacetimepilot_blender.footage.footage_files import add_files
from ..spacetimepilot_blender.paths import chosen_files
from .reporting import Result, reported


class SPACETIMEPILOT_OT_add_footage_files(bpy.types.Operator):
    """Add videos and image sequences, as many as you like: each goes to the camera that it is named after"""

    bl_idname = "spacetimepilot.add_footage_files"
    bl_label = "Add Footage Files"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(name="Footage", subtype="FILE_PATH", options={"SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})
    filter_image: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})
    filter_movie: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"SKIP_SAVE", "HIDDEN"})
    scene_start: IntProperty(
        name="First Frame", description="Scene frame at which the first pictures were filmed", default=1
    )

    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Ask for the files, unless they were given."""
        self.scene_start = context.scene.frame_start
        if self.filepath or self.files:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Add them, and say which have no camera yet."""
        chosen = chosen_files(self.directory, self.files, self.filepath, "The footage")
        added = add_files(context.scene, chosen, self.scene_start)
        without = [stream.name for stream in added if stream.camera is None]
        told = f"Added {', '.join(stream.name for stream in added)}"
        if without:
            told += f". No camera is named like {', '.join(without)}: choose it below the list"
        self.report({"WARNING" if without else "INFO"}, told)
        return {"FINISHED"}
