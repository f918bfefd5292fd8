"""Set Floor: three points of a field come to lie on the ground, and it stands upright."""

import bpy
from bpy.props import BoolProperty, FloatVectorProperty

from ..spacetimepilot_blender.field.placement import floor_placement, move_field, seen_from
from ..spacetimepilot_blender.field.points import field_in_question, needs_field, points_of
from .reporting import Result, reported

_NAMES = ("first", "second", "third")


class SPACETIMEPILOT_OT_set_floor(bpy.types.Operator):
    """Turn and move the field so that three selected points, objects or vertices, lie on z = 0 and what was filmed
    stands upright on them"""

    bl_idname = "spacetimepilot.set_floor"
    bl_label = "Set Floor"
    bl_options = {"REGISTER", "UNDO"}

    first: FloatVectorProperty(
        name="First Point", description="Stays where it is, seen from above", subtype="XYZ", options={"SKIP_SAVE"}
    )
    second: FloatVectorProperty(name="Second Point", subtype="XYZ", options={"SKIP_SAVE"})
    third: FloatVectorProperty(name="Third Point", subtype="XYZ", options={"SKIP_SAVE"})
    turn_over: BoolProperty(
        name="Turn Over",
        description="Put below what is above. Above is where the footage was filmed from",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """It is clear which field is meant."""
        return needs_field(cls, context)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Place it, by the points that were given or else by the selected ones."""
        field = field_in_question(context)
        points = points_of(self, context, field, _NAMES)
        above = seen_from(field)
        if self.turn_over:
            above = 2 * points[0] - above
        move_field(context.view_layer, field, floor_placement(points, above))
        self.report({"INFO"}, f"{field.name} stands on these points")
        return {"FINISHED"}
