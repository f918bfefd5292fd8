"""Add Point: mark a place on a field."""

import bpy
from bpy.props import FloatVectorProperty

from ..spacetimepilot_blender.field.points import add_point, field_in_question, may_mark
from .reporting import Result, reported


class SPACETIMEPILOT_OT_add_point(bpy.types.Operator):
    """Mark a place on the field, at the 3D cursor: an Empty that hangs on the field and can be moved and snapped.
    Set Floor and Set Distance go by such points"""

    bl_idname = "spacetimepilot.add_point"
    bl_label = "Add Point"
    bl_options = {"REGISTER", "UNDO"}

    location: FloatVectorProperty(
        name="Location",
        description="Where in the scene; the 3D cursor's place if not given",
        subtype="XYZ",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """In Object Mode, and it is clear which field is meant."""
        return may_mark(cls, context)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Add it to the selected points."""
        if not self.properties.is_property_set("location"):
            self.location = context.scene.cursor.location
        field = field_in_question(context)
        point = add_point(context.view_layer, field, self.location)
        point.select_set(True)
        return {"FINISHED"}
