"""Add and remove footage of the shot."""

import bpy

from ..spacetimepilot_blender.footage.footage_streams import add_stream, show_clip, show_footage_of_camera
from .reporting import Result


class SPACETIMEPILOT_OT_add_stream(bpy.types.Operator):
    """Add footage and the camera that filmed it: the scene's camera with its clip or background, if it has one"""

    bl_idname = "spacetimepilot.add_stream"
    bl_label = "Add Footage"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> Result:
        """Add it, filled in as far as the scene tells."""
        scene = context.scene
        settings = scene.spacetimepilot
        taken = {stream.camera for stream in settings.streams}
        free = [thing for thing in scene.objects if thing.type == "CAMERA" and thing not in taken]
        camera = scene.camera if scene.camera in free else next(iter(free), None)
        name = camera.name if camera is not None else f"Camera {len(settings.streams) + 1}"
        stream = add_stream(scene, name, camera)
        found = camera is not None and show_footage_of_camera(scene, stream)
        if not found and len(settings.streams) == 1 and scene.active_clip is not None:
            show_clip(scene, stream, scene.active_clip)
        return {"FINISHED"}


class SPACETIMEPILOT_OT_remove_stream(bpy.types.Operator):
    """Take the chosen footage out of the shot; files on disk are kept"""

    bl_idname = "spacetimepilot.remove_stream"
    bl_label = "Remove Footage"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is one to remove."""
        if not context.scene.spacetimepilot.streams:
            cls.poll_message_set("The shot has no footage of scene cameras yet")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Result:
        """Remove it and choose its neighbour."""
        settings = context.scene.spacetimepilot
        settings.streams.remove(settings.active_stream)
        settings.active_stream = max(min(settings.active_stream, len(settings.streams) - 1), 0)
        return {"FINISHED"}
