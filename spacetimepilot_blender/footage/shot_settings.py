"""What the artist says of a shot: footage, cameras and how to bake. Kept on the scene."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..colour_spaces import space_names

SOURCES = [
    ("FILE", "Capture", "A transforms.json, or the folder that holds one"),
    ("SCENE", "Scene Cameras", "Movie clips, videos or image sequences, filmed by cameras of this scene"),
]
ALPHAS = [
    ("none", "Ignore", "Every pixel counts as footage"),
    ("straight", "Straight", "Alpha cuts the subject out; colour is not multiplied by it (PNG)"),
    ("premultiplied", "Premultiplied", "Alpha cuts the subject out; colour is multiplied by it (EXR)"),
]
PRESETS = [
    ("preview", "Preview", "Minutes: enough to judge motion and framing"),
    ("standard", "Standard", "For most shots"),
    ("final", "Final", "As good as it gets: takes longest"),
]
_SPACE = (
    "What the footage was recorded in, by the names that Blender has for images; log footage keeps the light that is"
    " brighter than white. Empty: sRGB, and of OpenEXR files the light up to white"
)
BESIDE = {"PATH_SUPPORTS_BLEND_RELATIVE"}


def _spaces(_: bpy.types.PropertyGroup, __: bpy.types.Context, ___: str) -> list[str]:
    return space_names()


def _is_camera(_: object, thing: bpy.types.Object) -> bool:
    return thing.type == "CAMERA"


class FootageStream(bpy.types.PropertyGroup):
    """The footage of one physical camera."""

    name: StringProperty(name="Name", default="Camera")
    camera: PointerProperty(
        type=bpy.types.Object,
        name="Camera",
        description="The animated or tracked camera that filmed this footage",
        poll=_is_camera,
    )
    clip: PointerProperty(
        type=bpy.types.MovieClip,
        name="Clip",
        description="Movie clip with the footage; if it is solved, its lens and distortion are used",
    )
    path: StringProperty(
        name="Footage", description="Video, or any picture of an image sequence", subtype="FILE_PATH", options=BESIDE
    )
    scene_start: IntProperty(
        name="First Frame", description="Scene frame at which the first picture was filmed", default=1
    )
    skip: IntProperty(name="Skip", description="Pictures to leave out at the beginning", min=0, default=0)
    count: IntProperty(name="Pictures", description="Pictures to use; 0 for all there are", min=0, default=0)
    alpha: EnumProperty(name="Alpha", description="What an alpha channel of the footage means", items=ALPHAS)
    colour_space: StringProperty(name="Colour Space", description=_SPACE, search=_spaces)


class ShotSettings(bpy.types.PropertyGroup):
    """Everything that decides a bake."""

    source: EnumProperty(name="Source", description="Where footage and cameras come from", items=SOURCES)
    footage_path: StringProperty(
        name="Capture",
        description="transforms.json, or the folder that holds one; // is beside the .blend",
    )
    colour_space: StringProperty(name="Colour Space", description=_SPACE, search=_spaces)
    streams: CollectionProperty(type=FootageStream)
    active_stream: IntProperty(name="Active Footage", default=0)
    fps: FloatProperty(
        name="Shot Rate",
        description="Pictures per second at which the footage was shot; 0 for the scene's frame rate",
        min=0,
        default=0,
    )
    output_path: StringProperty(
        name="Field File",
        description="The field file to make",
        subtype="FILE_PATH",
        default="//shot.stp",
        options=BESIDE,
    )
    preset: EnumProperty(name="Preset", description="How much a bake spends", items=PRESETS, default="standard")
    minutes: FloatProperty(
        name="Minutes", description="Training time; 0 to leave it to the preset", min=0, default=0, precision=1
    )
    seed: IntProperty(name="Seed", description="Same seed, machine and settings: the same field", min=0, default=0)
    hold_out: IntProperty(
        name="Hold Out Every",
        description=(
            "Keep every so many frames from the bake, so that its report is judged by frames it has not seen;"
            " 0 to bake all of them"
        ),
        min=0,
        default=0,
    )
    sensor: BoolProperty(
        name="Find Exposures",
        description="Find how each frame was exposed, for footage whose camera breathes or whose lights flicker",
    )
    robust: BoolProperty(
        name="Noisy Footage",
        description=(
            "Find how noisy each frame is, and learn little from what is faulty: frames that are far too bright,"
            " a hand in front of the lens"
        ),
    )


def register() -> None:
    """Put the settings on scenes."""
    bpy.utils.register_class(FootageStream)
    bpy.utils.register_class(ShotSettings)
    bpy.types.Scene.spacetimepilot = PointerProperty(type=ShotSettings)


def unregister() -> None:
    """Undo `register`."""
    del bpy.types.Scene.spacetimepilot
    bpy.utils.unregister_class(ShotSettings)
    bpy.utils.unregister_class(FootageStream)
