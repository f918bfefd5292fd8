"""Load Sample Shot: the way to a first field without footage of one's own."""

import bpy

from ..spacetimepilot_blender.footage.sample import load_sample
from .reporting import Result, reported


class SPACETIMEPILOT_OT_load_sample(bpy.types.Operator):
    """Fill in the shot with footage that comes along, a hand before a row of books, and a short bake. Copies nothing"""

    bl_idname = "spacetimepilot.load_sample"
    bl_label = "Load Sample Shot"
    bl_options = {"REGISTER", "UNDO"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Fill the settings in, and say where the field will be."""
        output = load_sample(context.scene)
        self.report({"INFO"}, f"Press Bake to make {output}")
        return {"FINISHED"}
