"""What the Movie Clip editor has of the tab."""

import bpy

from ..spacetimepilot_blender.footage.clip_footage import solve_told
from .sidebar import wrapped


class SPACETIMEPILOT_PT_clip(bpy.types.Panel):
    """The editor's clip as footage of the shot."""

    bl_label = "Footage"
    bl_idname = "SPACETIMEPILOT_PT_clip"
    bl_space_type = "CLIP_EDITOR"
    bl_region_type = "UI"
    bl_category = "SpaceTimePilot"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The editor shows a clip."""
        return context.edit_movieclip is not None

    def draw(self, context: bpy.types.Context) -> None:
        """How it is solved, and the button."""
        told, well = solve_told(context.edit_movieclip)
        wrapped(self.layout, context, told, "CHECKMARK" if well else "ERROR")
        self.layout.operator("spacetimepilot.use_clip", icon="CAMERA_DATA")


def draw_in_menu(menu: bpy.types.Menu, _: bpy.types.Context) -> None:
    """The entry in the editor's menu Clip."""
    menu.layout.separator()
    menu.layout.operator("spacetimepilot.use_clip", text="Use as Footage (SpaceTimePilot)", icon="CAMERA_DATA")


def register() -> None:
    """Put the entry into the menu."""
    bpy.types.CLIP_MT_clip.append(draw_in_menu)


def unregister() -> None:
    """Undo `register`."""
    bpy.types.CLIP_MT_clip.remove(draw_in_menu)
