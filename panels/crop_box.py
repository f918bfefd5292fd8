"""The crop box of the active field in the viewport: a wire box, and an arrow on each side to drag it by."""

from typing import Any

import bpy
from mathutils import Color

from ..spacetimepilot_blender.field.crop_box import EDGES, SIDES, arrow_place, corners
from ..spacetimepilot_blender.field.field_object import is_field

_BOX_COLOUR = (0.3, 0.9, 1.0)


class SPACETIMEPILOT_GT_crop_wire(bpy.types.Gizmo):
    """The wire of the box; nothing to grab."""

    bl_idname = "SPACETIMEPILOT_GT_crop_wire"

    def setup(self) -> None:
        """It is drawn anew each time, because the box changes."""
        self.hide_select = True

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the box where the field stands."""
        found = corners(context.object)
        lines: Any = [found[end] for edge in EDGES for end in edge]
        self.draw_custom_shape(self.new_custom_shape("LINES", lines))


class SPACETIMEPILOT_GGT_crop(bpy.types.GizmoGroup):
    """Shown while a field with a crop is active."""

    bl_idname = "SPACETIMEPILOT_GGT_crop"
    bl_label = "Crop Box"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"3D", "PERSISTENT", "SHOW_MODAL_ALL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field with a crop is active, and can be edited."""
        field = context.object
        return is_field(field) and field.spacetimepilot.use_crop and field.library is None and field.visible_get()

    def setup(self, context: bpy.types.Context) -> None:
        """Make the wire and the arrows; an arrow's drag is the operator's, so that it can be undone."""
        wire = self.gizmos.new(SPACETIMEPILOT_GT_crop_wire.bl_idname)
        wire.color, wire.alpha, wire.use_draw_scale = _BOX_COLOUR, 1.0, False
        theme = context.preferences.themes[0].user_interface
        self.arrows = {}
        for side, *_ in SIDES:
            arrow = self.gizmos.new("GIZMO_GT_arrow_3d")
            arrow.target_set_operator("spacetimepilot.move_crop").side = side
            colour: Color = getattr(theme, f"axis_{side[0]}")
            arrow.color, arrow.alpha = colour, 0.8
            arrow.color_highlight, arrow.alpha_highlight = (1.0, 1.0, 1.0), 1.0
            arrow.use_draw_modal = True
            self.arrows[side] = arrow

    def draw_prepare(self, context: bpy.types.Context) -> None:
        """Put the arrows where the sides are."""
        for side, arrow in self.arrows.items():
            arrow.matrix_basis = arrow_place(context.object, side)
