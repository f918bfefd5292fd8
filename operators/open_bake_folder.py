"""Open Folder: show where a bake's files lie."""

from pathlib import Path

import bpy

from ..bake.contract.errors import UserError
from .of_a_bake import BakeOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_open_bake_folder(BakeOperator, bpy.types.Operator):
    """Show the folder with the bake's field file; the folder SHOT.stp.bake in it holds log and checkpoint"""

    bl_idname = "spacetimepilot.open_bake_folder"
    bl_label = "Open Folder"
    bl_options = {"REGISTER"}

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Hand it to the system; without a window, say where it is."""
        folder = Path(self.meant()).parent
        if not folder.is_dir():
            raise UserError(f"There is no folder {folder}.", "It was deleted or moved, or its disk is not there.")
        if not bpy.app.background:
            bpy.ops.wm.path_open(filepath=str(folder))
        self.report({"INFO"}, f"The bake lies in {folder}")
        return {"FINISHED"}
