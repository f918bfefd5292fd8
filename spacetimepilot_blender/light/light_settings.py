"""What objects and worlds that come from a field remember of it."""

import bpy
from bpy.props import EnumProperty, PointerProperty, StringProperty

ROLES = [
    (
        "shadow",
        "Shadow Catcher",
        "Native objects cast shadows on captured surfaces, are lit and shaded by them, and reflect them. Cycles only: "
        "EEVEE has no shadow catcher, there it is as Indirect Only",
    ),
    ("holdout", "Holdout", "Captured surfaces cut native objects that lie behind them out of the render"),
    ("indirect", "Indirect Only", "Captured surfaces light, shade and are reflected by native objects, and no more"),
]


class CatcherSettings(bpy.types.PropertyGroup):
    """On the mesh object of captured surfaces."""

    field: PointerProperty(type=bpy.types.Object, name="Field", description="The field whose surfaces these are")
    folder: StringProperty(
        name="Meshes",
        description="Folder of the meshes",
        subtype="DIR_PATH",
        options={"HIDDEN", "PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    role: EnumProperty(name="Role", description="What captured surfaces do in renders", items=ROLES, options=set())


class SurroundingsSettings(bpy.types.PropertyGroup):
    """On a world that a field lights."""

    field: PointerProperty(type=bpy.types.Object, name="Field", description="The field that this world shows")
    image: PointerProperty(type=bpy.types.Image, name="Surroundings")
    folder: StringProperty(
        name="Pictures",
        description="Folder of the pictures",
        subtype="DIR_PATH",
        options={"HIDDEN", "PATH_SUPPORTS_BLEND_RELATIVE"},
    )


def register() -> None:
    """Put them on objects and worlds."""
    bpy.utils.register_class(CatcherSettings)
    bpy.utils.register_class(SurroundingsSettings)
    bpy.types.Object.spacetimepilot_catcher = PointerProperty(type=CatcherSettings)
    bpy.types.World.spacetimepilot = PointerProperty(type=SurroundingsSettings)


def unregister() -> None:
    """Undo `register`."""
    del bpy.types.World.spacetimepilot
    del bpy.types.Object.spacetimepilot_catcher
    bpy.utils.unregister_class(SurroundingsSettings)
    bpy.utils.unregister_class(CatcherSettings)
