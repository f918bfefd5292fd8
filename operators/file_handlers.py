"""What may be dropped into the 3D viewport, and which operator takes it.

Blender goes by the end of a name alone. Files that others use, too, are looked into by the operator, which refuses with
a sentence what is none of ours; where another add-on takes the same ending, Blender lets the person choose.
"""

import bpy

from ..spacetimepilot_blender.footage.capture_files import ENDINGS


class _InViewport:
    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """The mouse is over a 3D viewport."""
        return context.area is not None and context.area.type == "VIEW_3D"


class SPACETIMEPILOT_FH_field(_InViewport, bpy.types.FileHandler):
    """Field files: added where they were filmed."""

    bl_idname = "SPACETIMEPILOT_FH_field"
    bl_label = "SpaceTimePilot Field"
    bl_import_operator = "spacetimepilot.add_field"
    bl_file_extensions = ".stp"


class SPACETIMEPILOT_FH_footage(_InViewport, bpy.types.FileHandler):
    """Files that tell of a capture: it becomes the shot's footage."""

    bl_idname = "SPACETIMEPILOT_FH_footage"
    bl_label = "SpaceTimePilot Footage"
    bl_import_operator = "spacetimepilot.set_footage"
    bl_file_extensions = ";".join(ENDINGS)
