"""Use as Footage: a solved movie clip, with its camera and its lens, becomes footage of the shot."""

import bpy
from bpy.props import StringProperty

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.footage.clip_footage import HIGH_ERROR, use_clip
from .reporting import Result, reported


class SPACETIMEPILOT_OT_use_clip(bpy.types.Operator):
    """Add the clip to the shot's footage, with the camera that its solve drives and its lens; a camera is made if there
    is none. The scene is left as it is otherwise"""

    bl_idname = "spacetimepilot.use_clip"
    bl_label = "Use as Footage"
    bl_options = {"REGISTER", "UNDO"}

    clip: StringProperty(
        name="Clip", description="Name of the movie clip; empty for the clip in the editor", options={"SKIP_SAVE"}
    )

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Add it, and say how well it is solved."""
        clip = bpy.data.movieclips.get(self.clip) if self.clip else clip_at_hand(context)
        if clip is None:
            raise UserError(
                f"There is no movie clip {self.clip}." if self.clip else "There is no movie clip to use.",
                "Open one in the Movie Clip editor.",
            )
        used = use_clip(context.scene, clip)
        told = f"{clip.name}: {used.count} frames, filmed by {used.camera}, solve error {used.error:.2f} px"
        if used.missing:
            told += f"; {used.missing} frames in between are not solved, and Blender guesses their cameras"
        if used.error > HIGH_ERROR:
            told += (
                f". That is high: below {HIGH_ERROR:g} px bakes get sharp. Refine the solve and press the button again"
            )
        self.report({"WARNING"} if used.missing or used.error > HIGH_ERROR else {"INFO"}, told)
        return {"FINISHED"}


def clip_at_hand(context: bpy.types.Context) -> bpy.types.MovieClip | None:
    """The clip that the editor shows, or else the scene's active one."""
    return getattr(context, "edit_movieclip", None) or context.scene.active_clip
