"""What a stand-in remembers of its field."""

import bpy
from bpy.props import PointerProperty, StringProperty


class StandInSettings(bpy.types.PropertyGroup):
    """On the mesh object of a stand-in."""

    field: PointerProperty(type=bpy.types.Object, name="Field", description="The field for which this stands in")
    folder: StringProperty(
        name="Meshes",
        description="Folder of the meshes",
        subtype="DIR_PATH",
        options={"HIDDEN", "PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    made_for: StringProperty(
        name="Made For", description="What of the field's look is in the meshes", options={"HIDDEN"}
    )


def register() -> None:
    """Put it on objects."""
    bpy.utils.register_class(StandInSettings)
    bpy.types.Object.spacetimepilot_stand_in = PointerProperty(type=StandInSettings)


def unregister() -> None:
    """Undo `register`."""
    del bpy.types.Object.spacetimepilot_stand_in
    bpy.utils.unregister_class(StandInSettings)
