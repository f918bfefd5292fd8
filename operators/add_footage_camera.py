"""Add Footage Camera: a camera where the footage was filmed, to re-film from."""

import bpy

from ..spacetimepilot_blender.field_object import field_file, is_field
from ..spacetimepilot_blender.footage_camera import add_footage_camera
from .reporting import Result, reported


class SPACETIMEPILOT_OT_add_footage_camera(bpy.types.Operator):
    """Add a camera on the path on which the footage was filmed, to start a new move from"""

    bl_idname = "spacetimepilot.add_footage_camera"
    bl_label = "Add Footage Camera"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is active."""
        return is_field(context.object)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Add it, and let the scene look through it if it has no camera yet."""
        scene = context.scene
        camera = add_footage_camera(scene, context.object, field_file(context.object))
        if scene.camera is None:
            scene.camera = camera
        self.report({"INFO"}, f"{camera.name} is where the footage was filmed")
        return {"FINISHED"}
