"""Knows where the mouse is over a viewport, for foveation that follows it; nothing to be seen or grabbed."""

import bpy

from ..spacetimepilot_blender.viewport.gaze import follows_mouse, note_mouse


class SPACETIMEPILOT_GT_gaze(bpy.types.Gizmo):
    """Asked by Blender whether the mouse is over it, whenever that moves."""

    bl_idname = "SPACETIMEPILOT_GT_gaze"

    def draw(self, _: bpy.types.Context) -> None:
        """Nothing."""

    def test_select(self, context: bpy.types.Context, location: tuple[int, int]) -> int:
        """Note where the mouse is; it is never over this."""
        note_mouse(context.region, *location)
        return -1


class SPACETIMEPILOT_GGT_gaze(bpy.types.GizmoGroup):
    """There while a field's foveation follows the mouse."""

    bl_idname = "SPACETIMEPILOT_GGT_gaze"
    bl_label = "Foveation"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"PERSISTENT", "SHOW_MODAL_ALL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field wants to know."""
        return follows_mouse(context.scene)

    def setup(self, _: bpy.types.Context) -> None:
        """Make what is asked."""
        self.gizmos.new(SPACETIMEPILOT_GT_gaze.bl_idname)
