"""Remove Catcher: take captured surfaces out of the scene."""

import bpy

from ..spacetimepilot_blender.light.catcher_kit import remove_catcher
from .reporting import Result, reported
from .use_catcher import CatcherOperator


class SPACETIMEPILOT_OT_remove_catcher(CatcherOperator, bpy.types.Operator):
    """Take the captured surfaces and their shadows out of the scene; the meshes on disk are kept"""

    bl_idname = "spacetimepilot.remove_catcher"
    bl_label = "Remove Catcher"
    bl_options = {"REGISTER", "UNDO"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Take them out."""
        remove_catcher(context.scene, context.object)
        self.report({"INFO"}, f"{context.object.name} has no catcher any more; the meshes are kept")
        return {"FINISHED"}
