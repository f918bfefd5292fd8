"""Apply Preset: bring kept settings back."""

import bpy
from bpy.props import StringProperty

from .reporting import Result


class SPACETIMEPILOT_OT_apply_preset(bpy.types.Operator):
    """Use the settings that were kept under this name"""

    bl_idname = "spacetimepilot.apply_preset"
    bl_label = "Apply Preset"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    filepath: StringProperty(name="Preset", subtype="FILE_PATH", options={"SKIP_SAVE"})
    menu_idname: StringProperty(name="List", options={"SKIP_SAVE", "HIDDEN"})

    def execute(self, _: bpy.types.Context) -> Result:
        """Leave it to Blender, whose own operator cannot be undone."""
        try:
            return bpy.ops.script.execute_preset(filepath=self.filepath, menu_idname=self.menu_idname)
        except RuntimeError as error:
            said = str(error).removeprefix("Error: ").strip()
            self.report({"ERROR"}, f"{said}. Remove the preset {self.filepath}, and keep these settings anew.")
            return {"CANCELLED"}
