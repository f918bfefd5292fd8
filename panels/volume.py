"""The panel about the active field as a volume."""

import bpy

from ..spacetimepilot_blender.plates.compositing import linked_fields
from ..spacetimepilot_blender.volumes.volume_object import volume_object
from ..spacetimepilot_blender.volumes.volume_size import told_size
from .sidebar import FieldPanel, draw_progress, wrapped
from .worker import worker_ready


class SPACETIMEPILOT_PT_volume(FieldPanel, bpy.types.Panel):
    """The active field as something that renderers trace."""

    bl_label = "Volume"
    bl_idname = "SPACETIMEPILOT_PT_volume"
    bl_parent_id = "SPACETIMEPILOT_PT_field"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """How fine, how large it will be, who sees it."""
        layout = self.layout
        layout.use_property_split = True
        thing, scene = context.object, context.scene
        settings = thing.spacetimepilot
        layout.prop(settings, "volume_voxels")
        layout.prop(settings, "volume_to_camera")
        wrapped(layout, context, told_size(scene, thing), "INFO")
        if worker_ready(layout, context):
            layout.operator("spacetimepilot.make_volumes", icon="VOLUME_DATA")
            draw_progress(layout, "spacetimepilot.make_volumes")
        shown = volume_object(thing)
        if shown is None:
            return
        if settings.volume_to_camera and thing in linked_fields(scene):
            wrapped(layout, context, "The camera sees plates as well: take the compositing out, or To Camera.", "ERROR")
        if scene.render.engine.startswith("BLENDER_EEVEE") and not settings.volume_to_camera:
            wrapped(layout, context, "EEVEE leaves the volume out: it shows volumes to the camera alone.", "INFO")
