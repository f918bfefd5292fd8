"""Move Crop: move one side of a field's crop box."""

from typing import Any

import bpy
from bpy.props import EnumProperty, FloatProperty
from bpy_extras import view3d_utils
from mathutils import Vector
from mathutils.geometry import intersect_line_line

from ..spacetimepilot_blender.field.crop_box import SIDES, arrow_place, move_side, outwards, place_of
from ..spacetimepilot_blender.field.field_object import is_field
from .reporting import Result

_NAMES = {side: name for side, name, _ in SIDES}


class SPACETIMEPILOT_OT_move_crop(bpy.types.Operator):
    """Drag to move this side of the crop box: what lies outside is not shown"""

    bl_idname = "spacetimepilot.move_crop"
    bl_label = "Move Crop"
    bl_options = {"REGISTER", "UNDO", "GRAB_CURSOR", "BLOCKING"}

    side: EnumProperty(name="Side", description="Which side of the box", items=SIDES)
    distance: FloatProperty(
        name="Distance",
        description="How far out of the box, in the capture's units; negative is inwards",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field with a crop is active."""
        if not is_field(context.object) or not context.object.spacetimepilot.use_crop:
            cls.poll_message_set("Select a field, and switch its Crop on")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Result:
        """Move it by the distance."""
        self._start = place_of(context.object, self.side)
        self._move(context, self.distance)
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Follow the mouse."""
        if context.region_data is None:
            return self.execute(context)
        field = context.object
        self._start = place_of(field, self.side)
        self._origin = arrow_place(field, self.side).translation
        self._out = outwards(field, self.side)
        self._grabbed = self._under(context, event)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Move the side while the button is held; Escape and the right button put it back."""
        if event.type in ("ESC", "RIGHTMOUSE"):
            self._move(context, 0.0)
            context.area.header_text_set(None)
            return {"CANCELLED"}
        if event.type == "LEFTMOUSE" and event.value == "RELEASE":
            context.area.header_text_set(None)
            return {"FINISHED"}
        if event.type == "MOUSEMOVE":
            self._move(context, self._under(context, event) - self._grabbed)
            context.area.header_text_set(f"Crop {_NAMES[self.side]} {place_of(context.object, self.side):.3f}")
        return {"RUNNING_MODAL"}

    def _move(self, context: bpy.types.Context, distance: float) -> None:
        sign = 1 if self.side.endswith("max") else -1
        move_side(context.object, self.side, self._start + sign * distance)
        self.distance = distance

    def _under(self, context: bpy.types.Context, event: bpy.types.Event) -> float:
        """How far out along the arrow the mouse is, capture units; where it looks along the arrow, as far as it was."""
        mouse: Any = Vector((event.mouse_region_x, event.mouse_region_y))
        eye = view3d_utils.region_2d_to_origin_3d(context.region, context.region_data, mouse)
        ray = view3d_utils.region_2d_to_vector_3d(context.region, context.region_data, mouse)
        met = intersect_line_line(self._origin, self._origin + self._out, eye, eye + ray)
        if met is None:
            return self.distance
        return float((met[0] - self._origin).dot(self._out) / self._out.length_squared)
