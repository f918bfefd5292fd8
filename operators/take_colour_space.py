"""Take over the colour space that the clip of a shot's footage is set to."""

import bpy

from ..spacetimepilot_blender.footage.footage_streams import take_colour_space
from .reporting import Result


class SPACETIMEPILOT_OT_take_colour_space(bpy.types.Operator):
    """Take over the colour space that the movie clip of this footage is set to"""

    bl_idname = "spacetimepilot.take_colour_space"
    bl_label = "Colour Space of the Clip"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The chosen footage is a clip."""
        settings = context.scene.spacetimepilot
        chosen = settings.streams[settings.active_stream :][:1]
        if not chosen or chosen[0].clip is None:
            cls.poll_message_set("Only a movie clip says what its footage was recorded in; choose the name here")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Result:
        """Take it over, and say what it is."""
        settings = context.scene.spacetimepilot
        stream = settings.streams[settings.active_stream]
        take_colour_space(stream)
        self.report({"INFO"}, f"{stream.name}: {stream.colour_space}")
        return {"FINISHED"}
