"""Set Distance: a field gets its true size by the length of something on it."""

import math

import bpy
from bpy.props import FloatProperty, FloatVectorProperty

from ..spacetimepilot_blender.field.placement import distance_placement, move_field
from ..spacetimepilot_blender.field.points import field_in_question, needs_field, points_of
from .reporting import Result, reported

_NAMES = ("first", "second")


class SPACETIMEPILOT_OT_set_distance(bpy.types.Operator):
    """Scale the field so that two selected points, objects or vertices, are as far apart as they really were"""

    bl_idname = "spacetimepilot.set_distance"
    bl_label = "Set Distance"
    bl_options = {"REGISTER", "UNDO"}

    length: FloatProperty(
        name="Distance",
        description="Real distance of the points, scene units",
        min=0,
        default=1,
        subtype="DISTANCE",
        options={"SKIP_SAVE"},
    )
    first: FloatVectorProperty(
        name="First Point", description="Stays where it is", subtype="XYZ", options={"SKIP_SAVE"}
    )
    second: FloatVectorProperty(name="Second Point", subtype="XYZ", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """It is clear which field is meant."""
        return needs_field(cls, context)

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Ask for the length, beginning with the present one."""
        if bpy.app.background:
            return self.execute(context)
        first, second = points_of(self, context, field_in_question(context), _NAMES)
        if not self.properties.is_property_set("length"):
            self.length = math.dist(first, second)
        return context.window_manager.invoke_props_dialog(self)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Scale it, by the points that were given or else by the selected ones."""
        field = field_in_question(context)
        first, second = points_of(self, context, field, _NAMES)
        move_field(context.view_layer, field, distance_placement(first, second, self.length))
        self.report({"INFO"}, f"{field.name}: these points are {self.length:g} apart now")
        return {"FINISHED"}

    def draw(self, _: bpy.types.Context) -> None:
        """The length alone; the points are seen."""
        self.layout.use_property_split = True
        self.layout.prop(self, "length")
