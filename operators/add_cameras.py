"""Add Selected Cameras: several cameras at once, with what each has filmed."""

import bpy

from ..spacetimepilot_blender.footage.footage_streams import add_stream, show_footage_of_camera
from .reporting import Result


class SPACETIMEPILOT_OT_add_cameras(bpy.types.Operator):
    """Add footage for every selected camera: the clip that drives it, its background, or a clip named like it"""

    bl_idname = "spacetimepilot.add_cameras"
    bl_label = "Add Selected Cameras"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A selected camera is not in the shot yet."""
        if not _new_cameras(context):
            cls.poll_message_set("Select cameras that are not in the list yet")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Result:
        """Add them by their names, and say which have no pictures yet."""
        scene = context.scene
        cameras = _new_cameras(context)
        without = []
        for camera in cameras:
            if not show_footage_of_camera(scene, add_stream(scene, camera.name, camera)):
                without.append(camera.name)
        scene.spacetimepilot.source = "SCENE"
        told = f"Added {', '.join(camera.name for camera in cameras)}"
        if without:
            told += f". No footage found for {', '.join(without)}: choose it below the list"
        self.report({"WARNING" if without else "INFO"}, told)
        return {"FINISHED"}


def _new_cameras(context: bpy.types.Context) -> list[bpy.types.Object]:
    taken = {stream.camera for stream in context.scene.spacetimepilot.streams}
    chosen = [thing for thing in context.selected_objects if thing.type == "CAMERA" and thing not in taken]
    return sorted(chosen, key=lambda camera: camera.name)
