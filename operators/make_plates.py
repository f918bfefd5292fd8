"""Make Plates: have the plates of a stretch of the timeline made before it is rendered."""

import bpy
from bpy.props import IntProperty

from ..spacetimepilot_blender.plates.compositing import linked_fields
from ..spacetimepilot_blender.plates.plate_range import PlateRange, frames_of
from ..spacetimepilot_blender.plates.plates import plate_folder
from .escape import escape_pressed
from .making_plates import PlatesOperator, nothing_under_way
from .reporting import Result, reported


class SPACETIMEPILOT_OT_make_plates(PlatesOperator, bpy.types.Operator):
    """Make the plates of the timeline's frames beside the .blend, so that it renders without a worker"""

    bl_idname = "spacetimepilot.make_plates"
    bl_label = "Make Plates"
    bl_options = {"REGISTER"}

    start: IntProperty(name="Start", description="First scene frame; -1 for the scene's", default=-1, min=-1)
    end: IntProperty(name="End", description="Last scene frame; -1 for the scene's", default=-1, min=-1)

    _range: PlateRange | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is in the compositing."""
        if not linked_fields(context.scene):
            cls.poll_message_set("No field is in the render yet: press Set Up Compositing")
            return False
        return nothing_under_way(cls)

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Collect what is needed, then make it while the window stays alive; Escape stops."""
        if bpy.app.background:
            return self.execute(context)
        self._range = PlateRange(context.scene, context.view_layer, frames_of(context.scene, self.start, self.end))
        return self._begin(context, self._range)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Follow the work."""
        plates = self._range
        assert plates is not None
        if escape_pressed(event):
            plates.stop()
            self._leave(context)
            self.report({"WARNING"}, f"Stopped: {plates.made} of {plates.total} plates are there")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self._show(context, plates)
        if plates.running:
            return {"PASS_THROUGH"}
        self._leave(context)
        if plates.failure is not None:
            self.report({"ERROR"}, str(plates.failure))
            return {"CANCELLED"}
        self.report({"INFO"}, _told(plates))
        return {"FINISHED"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Make them all and wait."""
        plates = PlateRange(context.scene, context.view_layer, frames_of(context.scene, self.start, self.end))
        for made in plates.make_all():
            print(f"SpaceTimePilot plate {made} of {plates.total}", flush=True)
        self.report({"INFO"}, _told(plates))
        return {"FINISHED"}


def _told(plates: PlateRange) -> str:
    return f"{plates.total} plates are in {plate_folder()}"
