"""Make Plates: have the plates of a stretch of the timeline made before it is rendered."""

import bpy
from bpy.props import IntProperty

from ..spacetimepilot_blender.plates.compositing import linked_fields
from ..spacetimepilot_blender.plates.plate_range import PlateRange, frames_of
from ..spacetimepilot_blender.plates.plates import plate_folder
from .following import WorkOperator, nothing_under_way
from .reporting import Result


class SPACETIMEPILOT_OT_make_plates(WorkOperator, bpy.types.Operator):
    """Make the plates of the timeline's frames beside the .blend, so that it renders without a worker"""

    bl_idname = "spacetimepilot.make_plates"
    bl_label = "Make Plates"
    bl_options = {"REGISTER"}

    start: IntProperty(name="Start", description="First scene frame; -1 for the scene's", default=-1, min=-1)
    end: IntProperty(name="End", description="Last scene frame; -1 for the scene's", default=-1, min=-1)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is in the compositing."""
        if not linked_fields(context.scene):
            cls.poll_message_set("No field is in the render yet: press Set Up Compositing")
            return False
        return nothing_under_way(cls)

    def begin_work(self, context: bpy.types.Context) -> PlateRange:
        """What there is to make."""
        return PlateRange(context.scene, context.view_layer, frames_of(context.scene, self.start, self.end))

    def finish(self, _: bpy.types.Context, work: PlateRange) -> Result:
        """Tell where the plates are."""
        self.report({"INFO"}, f"{work.total} plates are in {plate_folder()}")
        return {"FINISHED"}

    def stopped(self, work: PlateRange) -> str:
        """How many there are already."""
        return f"Stopped: {work.made} of {work.total} plates are there"
