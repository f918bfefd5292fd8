"""Pick Points: mark places on a field by clicking on what is seen there."""

from typing import Any

import bpy
from bpy.props import FloatVectorProperty
from bpy_extras import view3d_utils
from mathutils import Vector

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.field.pixel_depth import PixelDepth
from ..spacetimepilot_blender.field.points import add_point, field_in_question, may_mark
from .reporting import Result, reported

_SECONDS = 0.1


class SPACETIMEPILOT_OT_pick_points(bpy.types.Operator):
    """Click on the field, in any view: each click marks the place that the field shows there at this frame. The footage
    behind a footage camera tells where to click. Return, Escape or the right button ends it"""

    bl_idname = "spacetimepilot.pick_points"
    bl_label = "Pick Points"
    bl_options = {"REGISTER", "UNDO"}

    origin: FloatVectorProperty(name="From", description="Where the ray begins", subtype="XYZ", options={"SKIP_SAVE"})
    direction: FloatVectorProperty(
        name="Direction", description="Where the ray goes", subtype="XYZ", default=(0, 0, -1), options={"SKIP_SAVE"}
    )

    _asked: PixelDepth | None = None
    _timer: bpy.types.Timer | None = None
    _added = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """In Object Mode, and it is clear which field is meant."""
        return may_mark(cls, context)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Mark what one ray meets: for scripts."""
        if not Vector(self.direction).length:
            raise UserError("The ray has no direction.", "Give one that is not zero.")
        field = field_in_question(context)
        place = PixelDepth(context.scene, field, self.origin, self.direction).place()
        add_point(context.view_layer, field, place).select_set(True)
        self.report({"INFO"}, f"{field.name} is met at {', '.join(f'{value:.4g}' for value in place)}")
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Wait for clicks."""
        if bpy.app.background:
            return self.execute(context)
        self._field = field_in_question(context).name
        for thing in context.selected_objects:
            thing.select_set(False)
        manager = context.window_manager
        self._timer = manager.event_timer_add(_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        context.window.cursor_modal_set("CROSSHAIR")
        self._tell(context, "Click on the field")
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Ask where a click lands, and mark it when the answer comes; the view can be turned in between."""
        if self._asked is not None and self._asked.done:
            self._mark(context)
        if event.value == "PRESS" and event.type in ("ESC", "RET", "NUMPAD_ENTER", "RIGHTMOUSE"):
            return self._leave(context)
        if event.value == "PRESS" and event.type == "LEFTMOUSE":
            ray = _ray(context, event)
            if ray is None:
                return {"PASS_THROUGH"}
            if self._asked is None:
                self._ask(context, *ray)
            return {"RUNNING_MODAL"}
        return {"PASS_THROUGH"}

    def _ask(self, context: bpy.types.Context, origin: Any, direction: Any) -> None:
        # By its name, because somebody may undo meanwhile, and Blender makes all objects anew then.
        field: bpy.types.Object | None = context.scene.objects.get(self._field)
        try:
            if field is None:
                raise UserError(f"There is no field {self._field} any more.", "Press Return, and begin again.")
            self._asked = PixelDepth(context.scene, field, origin, direction)
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return
        self._asked.start()
        self._tell(context, "Asking the worker ...")

    def _mark(self, context: bpy.types.Context) -> None:
        asked, self._asked = self._asked, None
        field: bpy.types.Object | None = context.scene.objects.get(self._field)
        if asked is None or field is None:
            return
        try:
            place = asked.place()
        except UserError as error:
            self.report({"WARNING"}, str(error))
        else:
            add_point(context.view_layer, field, place).select_set(True)
            self._added += 1
        self._tell(context, f"{self._added} points. Click on the field")

    def _tell(self, context: bpy.types.Context, text: str) -> None:
        context.workspace.status_text_set(f"{text}   (Return ends)")

    def _leave(self, context: bpy.types.Context) -> Result:
        """Points that are there stay, and are selected: Set Floor and Set Distance go by them."""
        context.window_manager.event_timer_remove(self._timer)
        context.window.cursor_modal_restore()
        context.workspace.status_text_set(None)
        return {"FINISHED"} if self._added else {"CANCELLED"}


def _ray(context: bpy.types.Context, event: bpy.types.Event) -> tuple[Any, Any] | None:
    """Origin and direction of what is under the mouse; None where that is no 3D viewport."""
    for area in context.window.screen.areas:
        if area.type != "VIEW_3D":
            continue
        under = [region for region in area.regions if _inside(region, event)]
        if len(under) == 1 and under[0].type == "WINDOW":  # Nothing lies over it, such as the sidebar.
            region = under[0]
            view: Any = region.data
            mouse: Any = Vector((event.mouse_x - region.x, event.mouse_y - region.y))
            return (
                view3d_utils.region_2d_to_origin_3d(region, view, mouse),
                view3d_utils.region_2d_to_vector_3d(region, view, mouse),
            )
    return None


def _inside(region: bpy.types.Region, event: bpy.types.Event) -> bool:
    across, up = event.mouse_x - region.x, event.mouse_y - region.y
    return 0 <= across < region.width and 0 <= up < region.height
