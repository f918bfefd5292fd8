"""The panels about the active field: its file and its look."""

from typing import Any

import bpy

from ..spacetimepilot_blender.field.field_object import is_field
from ..spacetimepilot_blender.field.points import field_in_question
from ..spacetimepilot_blender.light.catcher_kit import catcher_of, shadows_joined
from ..spacetimepilot_blender.light.light_settings import ROLES
from ..spacetimepilot_blender.sentences import worker_found
from ..spacetimepilot_blender.viewport.depth import depth_known
from ..spacetimepilot_blender.viewport.gaze import focus_of
from .presets import SPACETIMEPILOT_PT_look_presets
from .sidebar import FieldPanel, SidebarPanel, draw_progress, wrapped
from .worker import worker_ready


class SPACETIMEPILOT_PT_field(SidebarPanel, bpy.types.Panel):
    """The active field."""

    bl_label = "Field"
    bl_idname = "SPACETIMEPILOT_PT_field"

    def draw(self, context: bpy.types.Context) -> None:
        """Its file and what it holds, or how to get one."""
        layout = self.layout
        thing = context.object
        if not is_field(thing):
            wrapped(layout, context, "Select a field, or add one:")
            layout.operator("spacetimepilot.add_field", icon="ADD").filepath = ""
            return
        settings = thing.spacetimepilot
        row = layout.row(align=True)
        row.prop(settings, "file", text="")
        row.operator("spacetimepilot.reload_field", text="", icon="FILE_REFRESH")
        told = f"{settings.shot}: frames {settings.first_frame:g} to {settings.last_frame:g}, {settings.fps:g} fps"
        if settings.psnr > 0:
            told += f", {settings.psnr:.1f} dB"
        wrapped(layout, context, told, "INFO")
        if settings.in_viewport and not depth_known(context):
            told = "This viewport has no depth while overlays are off: the field lies over everything."
            wrapped(layout, context, told, "ERROR")
        if settings.bounds_left:
            wrapped(layout, context, settings.bounds_left, "ERROR")
        if settings.compression:
            wrapped(layout, context, f"Compressed: {settings.compression}", "FILE_ARCHIVE")
        else:
            layout.operator("spacetimepilot.compress", icon="FILE_ARCHIVE")
            draw_progress(layout, "spacetimepilot.compress")
        layout.operator("spacetimepilot.open_report", icon="TEXT")
        layout.operator("spacetimepilot.add_footage_camera", icon="CAMERA_DATA")
        layout.operator("spacetimepilot.remove_field", icon="TRASH")


class SPACETIMEPILOT_PT_look(FieldPanel, bpy.types.Panel):
    """The active field's look."""

    bl_label = "Look"
    bl_parent_id = "SPACETIMEPILOT_PT_field"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header_preset(self, _: bpy.types.Context) -> None:
        """The button of the presets."""
        SPACETIMEPILOT_PT_look_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        """Whether viewports show it, quality, exposures and crop."""
        layout = self.layout
        layout.use_property_split = True
        settings = context.object.spacetimepilot
        layout.prop(settings, "in_viewport")
        self._draw_budget(context, settings)
        layout.prop(settings, "quality")
        layout.prop(settings, "exposure")
        layout.prop(settings, "exposure_of")
        if settings.exposure_of == "frame":
            layout.prop(settings, "exposure_frame")
        layout.prop(settings, "use_crop")
        if settings.use_crop:
            layout.prop(settings, "crop_min")
            layout.prop(settings, "crop_max")
            layout.operator("spacetimepilot.reset_crop", icon="LOOP_BACK")

    def _draw_budget(self, context: bpy.types.Context, settings: Any) -> None:
        column = self.layout.column()
        column.active = settings.in_viewport
        column.prop(settings, "use_frame_budget")
        if not settings.use_frame_budget:
            return
        column.prop(settings, "frame_budget")
        column.prop(settings, "foveation")
        if settings.foveation == "object":
            column.prop(settings, "foveation_object")
            if focus_of(settings, context.scene) is None:
                wrapped(column, context, "Choose an object, or focus the camera on one; until then the middle.", "INFO")
        elif settings.foveation == "off":
            column.prop(settings, "fidelity")


class SPACETIMEPILOT_PT_light(FieldPanel, bpy.types.Panel):
    """The active field and native light."""

    bl_label = "Native Light"
    bl_idname = "SPACETIMEPILOT_PT_light"
    bl_parent_id = "SPACETIMEPILOT_PT_field"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Captured surfaces and what they do, and surroundings as a world."""
        layout = self.layout
        scene = context.scene
        surfaces = catcher_of(scene, context.object)
        if worker_ready(layout, context):
            layout.operator("spacetimepilot.make_catcher", icon="MOD_REMESH")
            draw_progress(layout, "spacetimepilot.make_catcher")
        if surfaces is not None:
            self._draw_catcher(context, surfaces.spacetimepilot_catcher.role)
        if worker_found()[1]:
            layout.operator_menu_enum("spacetimepilot.light_scene", "place", icon="WORLD")
            draw_progress(layout, "spacetimepilot.light_scene")
        if scene.world is not None and scene.world.spacetimepilot.field == context.object:
            wrapped(layout, context, f"The world {scene.world.name} shows this field", "CHECKMARK")

    def _draw_catcher(self, context: bpy.types.Context, role: str) -> None:
        column = self.layout.column(align=True)
        for name, label, _ in ROLES:
            own = column.operator("spacetimepilot.use_catcher", text=label, depress=name == role)
            own.role = name
        if role == "shadow" and str(context.scene.render.engine) != "CYCLES":
            wrapped(self.layout, context, "Only Cycles draws shadows on captured surfaces.", "INFO")
        elif role == "shadow" and not shadows_joined(context.scene, context.object):
            wrapped(self.layout, context, "Its shadows are not in the compositing: press Shadow Catcher.", "INFO")
        self.layout.operator("spacetimepilot.remove_catcher", icon="TRASH")


class SPACETIMEPILOT_PT_place(SidebarPanel, bpy.types.Panel):
    """Where the field stands."""

    bl_label = "Floor and Scale"
    bl_idname = "SPACETIMEPILOT_PT_place"
    bl_parent_id = "SPACETIMEPILOT_PT_field"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """It is clear which field is meant, whether it or its points are selected."""
        return field_in_question(context) is not None

    def draw(self, _: bpy.types.Context) -> None:
        """How to say where the floor is and how long something is."""
        layout = self.layout
        row = layout.row(align=True)
        row.operator("spacetimepilot.pick_points", icon="EYEDROPPER")
        row.operator("spacetimepilot.add_point", icon="CURSOR")
        column = layout.column(align=True)
        column.operator("spacetimepilot.set_floor", icon="GRID")
        column.operator("spacetimepilot.set_distance", icon="DRIVER_DISTANCE")
