"""Add and remove footage of the shot."""

import bpy

from .reporting import Result


class SPACETIMEPILOT_OT_add_stream(bpy.types.Operator):
    """Add footage and the camera that filmed it: the scene's camera and, if there is one, its background clip"""

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
        stream = settings.streams.add()
        stream.name = camera.name if camera is not None else f"Camera {len(settings.streams)}"
        stream.camera = camera
        stream.clip = scene.active_clip if len(settings.streams) == 1 else None
        stream.scene_start = stream.clip.frame_start if stream.clip is not None else scene.frame_start
        settings.active_stream = len(settings.streams) - 1
        return {"FINISHED"}


class SPACETIMEPILOT_OT_remove_stream(bpy.types.Operator):
    """Take the chosen footage out of the shot; files on disk are kept"""

    bl_idname = "spacetimepilot.remove_stream"
    bl_label = "Remove Footage"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is one to remove."""
        return bool(context.scene.spacetimepilot.streams)

    def execute(self, context: bpy.types.Context) -> Result:
        """Remove it and choose its neighbour."""
        settings = context.scene.spacetimepilot
        settings.streams.remove(settings.active_stream)
        settings.active_stream = max(min(settings.active_stream, len(settings.streams) - 1), 0)
        return {"FINISHED"}
