"""Check Move: where does the camera's move break, before it is rendered?"""

import bpy
from bpy.props import IntProperty

from ..bake.contract.coverage import Verdict
from ..spacetimepilot_blender.cameras.move_check import check_move, in_short, keep
from ..spacetimepilot_blender.field.field_object import fields_of
from ..spacetimepilot_blender.plates.plate_range import frames_of
from .reporting import Result, reported


class SPACETIMEPILOT_OT_check_move(bpy.types.Operator):
    """Go through the timeline with the scene's camera and say in which frames it leaves what the footage has seen"""

    bl_idname = "spacetimepilot.check_move"
    bl_label = "Check Move"
    bl_options = {"REGISTER"}

    start: IntProperty(name="Start", description="First scene frame; -1 for the scene's", default=-1, min=-1)
    end: IntProperty(name="End", description="Last scene frame; -1 for the scene's", default=-1, min=-1)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is a field and a camera."""
        if not fields_of(context.scene):
            cls.poll_message_set("Add a field first")
            return False
        if context.scene.camera is None:
            cls.poll_message_set("The scene has no camera: add one, or make one the active camera")
            return False
        return True

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Look at every frame, and report."""
        scene, manager = context.scene, context.window_manager
        frames = frames_of(scene, self.start, self.end)
        manager.progress_begin(frames[0], frames[-1])
        try:
            stretches = check_move(scene, context.view_layer, frames, manager.progress_update)
        finally:
            manager.progress_end()
        keep(scene, frames, stretches)
        breaks = any(stretch.verdict is Verdict.BREAKS for stretch in stretches)
        self.report({"WARNING" if breaks else "INFO"}, in_short(stretches))
        return {"FINISHED"}
