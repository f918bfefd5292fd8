"""What a field object carries: its file, its shot time and how it is shown; all of it can be animated."""

from contextlib import suppress
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ...bake.contract.errors import UserError
from ...bake.contract.field_file import read_header
from ...bake.contract.picture_budget import LEAST_SECONDS, MOST_SECONDS
from ...bake.contract.volume_file import BLOCK, MOST_VOXELS
from ..plates.compositing import rebuild
from ..stand_ins.switching import BY_DISTANCE, BY_SIZE, tell_switch
from ..volumes.volume_object import apply_to_camera
from .field_object import field_file, take_header

MODES = [
    ("follow", "Follow", "The shot plays forwards from its start on the timeline, and rests on its last frame"),
    ("freeze", "Freeze", "The shot stands still at one frame: with a moving camera, bullet time"),
    ("reverse", "Reverse", "The shot plays backwards from its last frame, and rests on its first"),
    ("ping_pong", "Ping-Pong", "Forwards and backwards, again and again, at constant speed"),
    ("bounce", "Bounce", "Forwards and backwards, again and again, slowing into each turn"),
    ("slow_mo", "Slow-Mo", "Forwards, and slow between two scene frames"),
    ("ramp_then_freeze", "Ramp, then Freeze", "Forwards, then slowing to a standstill"),
    ("keyed", "Keyed", "Exactly the animated Shot Time"),
]
SETTINGS_OF_MODE = {
    "follow": ("scene_start", "speed"),
    "freeze": ("freeze_at",),
    "reverse": ("scene_start", "speed"),
    "ping_pong": ("scene_start", "speed"),
    "bounce": ("scene_start", "speed"),
    "slow_mo": ("scene_start", "speed", "slow_from", "slow_to", "slow_factor", "ramp"),
    "ramp_then_freeze": ("scene_start", "speed", "slow_from", "ramp"),
    "keyed": ("shot_time",),
}
"""What each mode goes by."""
QUALITIES = [
    ("preview", "Preview", "Few samples a ray"),
    ("standard", "Standard", "For most renders"),
    ("final", "Final", "Many samples a ray"),
]

EXPOSURES = [
    ("neutral", "Neutral", "Steady, as most of the footage is exposed"),
    ("filmed", "As Filmed", "Brighter and darker as the camera was when the shown frame was filmed"),
    ("frame", "A Frame", "Steady, as one frame of the footage is exposed"),
]

FOVEATIONS = [
    ("off", "Off", "The whole picture is as fine"),
    ("view", "View Centre", "Finest in the middle of the viewport"),
    ("mouse", "Mouse", "Finest where the mouse was last moved over the viewport"),
    ("object", "Object", "Finest around an object, or what the scene's camera is focused on"),
]
FIDELITIES = [
    ("even", "Even", "The whole picture is as fine: the truest for its time"),
    ("still", "What Stands Still", "What moves by itself gets a quarter of the pixels"),
    ("moving", "What Moves", "What stands still gets a quarter of the pixels"),
]

SWITCHES = [
    (BY_SIZE, "Size in the Picture", "By how many pixels the field takes, whatever lens and resolution"),
    (BY_DISTANCE, "Distance", "By how far from the camera the field is"),
]

MERGES = [
    ("fast", "Fast", "Each pixel's depth says which lies in front; edges have the colour of either"),
    (
        "exact",
        "Exact",
        "The field is split where native surfaces go through it: clean edges, and hair and smoke on both sides. "
        "Plates take longer",
    ),
]

LAYERS = {
    "position": ("Position", "Where in the scene each pixel's surface is, in scene units"),
    "normal": ("Normal", "Where each pixel's surface faces, in the scene's space"),
    "vector": (
        "Vector",
        "How each pixel moves from the frame before and to the one after, by the field's own motion, its object's and "
        "the camera's. As Blender's pass of that name, for a Vector Blur node",
    ),
    "mattes": (
        "Mattes",
        "Cryptomatte of the field, and of what in it moves by itself and what stands still. In the compositing: how "
        "much of each pixel moves",
    ),
    "confidence": (
        "Confidence",
        "How well the footage knows each pixel, by where its cameras stood and when, times alpha: 1 is as filmed, "
        "below 0.6 is doubtful",
    ),
}
"""What plates may carry beside colour and depth: label and tooltip."""

_OVERRIDABLE: Any = {"LIBRARY_OVERRIDABLE"}
"""So that a field that is linked from another file can be given a time and a look of its own by a library override."""


def _on_file(settings: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    """Let the field show the file that was chosen; where there is none, viewports and renders say so."""
    thing: Any = settings.id_data
    with suppress(UserError):
        take_header(thing, read_header(field_file(thing)))


def _on_merge(settings: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    """Let the compositing groups of a field join it as it says now."""
    thing: Any = settings.id_data
    rebuild(thing)


def _layer(kind: str) -> Any:
    label, told = LAYERS[kind]
    return BoolProperty(name=label, description=told, options=set(), update=_on_merge, override=_OVERRIDABLE)


def _on_to_camera(settings: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    """Let the field's volume be seen as it says now."""
    thing: Any = settings.id_data
    apply_to_camera(thing)


def _on_stand_in(settings: bpy.types.PropertyGroup, _: bpy.types.Context) -> None:
    """Let the field's stand-in be seen as it says now."""
    thing: Any = settings.id_data
    tell_switch(thing)


class FieldSettings(bpy.types.PropertyGroup):
    """A field in the scene. Frames are floats: shot frames count the footage, scene frames the timeline."""

    file: StringProperty(
        name="Field File",
        description="The baked field (.stp)",
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
        update=_on_file,
    )
    content_hash: StringProperty(
        name="Content", description="Fingerprint of the field that this scene was set up with", options={"HIDDEN"}
    )
    shot: StringProperty(name="Shot", description="Name of the shot", options={"HIDDEN"})
    first_frame: FloatProperty(name="First Shot Frame", options={"HIDDEN"})
    last_frame: FloatProperty(name="Last Shot Frame", options={"HIDDEN"})
    fps: FloatProperty(name="Shot Rate", default=24, options={"HIDDEN"})
    box_low: FloatVectorProperty(name="Box from", size=3, precision=6, options={"HIDDEN"})
    box_high: FloatVectorProperty(name="Box to", size=3, precision=6, default=(1, 1, 1), options={"HIDDEN"})
    opaque: BoolProperty(name="Fills the Frame", options={"HIDDEN"})
    compression: StringProperty(
        name="Compression", description="How it differs from the file it was made from", options={"HIDDEN"}
    )
    bounds_left: StringProperty(
        name="Outside the Bounds",
        description="What new footage showed beyond the bounds when the field was adapted to it; empty for nothing",
        options={"HIDDEN"},
    )
    psnr: FloatProperty(name="Held-Out PSNR", description="Of rays the bake has not trained on, dB", options={"HIDDEN"})

    mode: EnumProperty(
        name="Time", description="How shot time follows the timeline", items=MODES, override=_OVERRIDABLE
    )
    shot_time: FloatProperty(
        name="Shot Time",
        description="Frame of the shot that is shown, with subframes (mode Keyed)",
        precision=2,
        override=_OVERRIDABLE,
    )
    scene_start: FloatProperty(
        name="Starts at",
        description="Scene frame at which the shot begins to play",
        default=1,
        precision=1,
        override=_OVERRIDABLE,
    )
    speed: FloatProperty(
        name="Speed",
        description="Shot frames per scene frame; shot rate / scene rate is real time",
        default=1,
        min=0,
        soft_max=4,
        precision=3,
        override=_OVERRIDABLE,
    )
    freeze_at: FloatProperty(
        name="Freeze at", description="Frame of the shot that stands still", precision=2, override=_OVERRIDABLE
    )
    slow_from: FloatProperty(
        name="Slow from", description="Scene frame", default=40, precision=1, override=_OVERRIDABLE
    )
    slow_to: FloatProperty(name="Slow to", description="Scene frame", default=80, precision=1, override=_OVERRIDABLE)
    slow_factor: FloatProperty(
        name="Slow Speed",
        description="Share of the normal speed while slow",
        default=0.25,
        min=0,
        max=1,
        override=_OVERRIDABLE,
    )
    ramp: FloatProperty(
        name="Ramp",
        description="Scene frames that a change of speed takes",
        default=10,
        min=0,
        precision=1,
        override=_OVERRIDABLE,
    )

    in_viewport: BoolProperty(
        name="Show in Viewports",
        description="Show the field itself in 3D viewports, not only its box",
        default=True,
        override=_OVERRIDABLE,
    )
    use_frame_budget: BoolProperty(
        name="Frame Budget",
        description="Show the worker's picture in viewports also while something moves, as large and as finely sampled "
        "as the time allows, and not only the preview. The viewport waits for it. Plates and renders stay as they are",
        override=_OVERRIDABLE,
    )
    frame_budget: FloatProperty(
        name="Milliseconds",
        description="Milliseconds that the picture of this field may take for each redraw of a viewport",
        default=200,
        min=1000 * LEAST_SECONDS,
        max=1000 * MOST_SECONDS,
        soft_max=1000,
        precision=0,
        step=1000,
        override=_OVERRIDABLE,
    )
    foveation: EnumProperty(
        name="Foveation",
        description="Where pictures within the frame budget are finest; resolution and samples fall off around it",
        items=FOVEATIONS,
        override=_OVERRIDABLE,
    )
    foveation_object: PointerProperty(
        type=bpy.types.Object,
        name="Look at",
        description="The object around which the picture is finest; none: what the scene's camera is focused on",
        override=_OVERRIDABLE,
    )
    fidelity: EnumProperty(
        name="Favour",
        description="What gets full resolution in pictures within the frame budget",
        items=FIDELITIES,
        override=_OVERRIDABLE,
    )
    merge: EnumProperty(
        name="Merge",
        description="How the field and the render are joined",
        items=MERGES,
        options=set(),
        update=_on_merge,
        override=_OVERRIDABLE,
    )
    layer_position: _layer("position")
    layer_normal: _layer("normal")
    layer_vector: _layer("vector")
    layer_mattes: _layer("mattes")
    layer_confidence: _layer("confidence")
    deep_plates: BoolProperty(
        name="Deep Files",
        description="Beside each plate a deep OpenEXR file, NAME.deep.exr, for compositors that merge sample by "
        "sample. Blender itself does not read it",
        options=set(),
        override=_OVERRIDABLE,
    )
    quality: EnumProperty(
        name="Quality", description="How finely plates are sampled", items=QUALITIES, default=1, override=_OVERRIDABLE
    )
    exposure: FloatProperty(
        name="Exposure",
        description="Stops by which the field is made brighter or darker",
        soft_min=-5,
        soft_max=5,
        override=_OVERRIDABLE,
    )
    exposure_of: EnumProperty(
        name="Exposure of",
        description="Which of the footage's exposures the field is shown at",
        items=EXPOSURES,
        override=_OVERRIDABLE,
    )
    exposure_frame: FloatProperty(
        name="Exposed as",
        description="Frame of the shot whose exposure the field is shown at",
        precision=1,
        override=_OVERRIDABLE,
    )
    use_crop: BoolProperty(name="Crop", description="Show only what lies inside a box", override=_OVERRIDABLE)
    crop_min: FloatVectorProperty(
        name="Crop from", description="Corner of the crop box, in the capture's space", size=3, override=_OVERRIDABLE
    )
    crop_max: FloatVectorProperty(
        name="Crop to", description="Corner of the crop box, in the capture's space", size=3, override=_OVERRIDABLE
    )

    volume_voxels: IntProperty(
        name="Voxels",
        description="Voxels along the longest edge of the field's box, or of its crop box",
        default=256,
        min=BLOCK,
        max=MOST_VOXELS,
        soft_min=32,
        soft_max=512,
        options=set(),
        override=_OVERRIDABLE,
    )
    volume_to_camera: BoolProperty(
        name="To Camera",
        description="Let the camera see the volume, for renders without plates. Otherwise plates show the field, and "
        "the volume only what Cycles reflects, refracts and shadows; EEVEE, which shows volumes to the camera alone, "
        "leaves it out",
        options=set(),
        update=_on_to_camera,
        override=_OVERRIDABLE,
    )
    stand_in_by: EnumProperty(
        name="Switch By",
        description="What decides whether the field or its stand-in is seen by the scene's camera",
        items=SWITCHES,
        options=set(),
        update=_on_stand_in,
        override=_OVERRIDABLE,
    )
    stand_in_pixels: FloatProperty(
        name="Below",
        description="Where the longest edge of the field's box takes no more of the picture, the stand-in is seen "
        "alone and no plate is made",
        default=80.0,
        min=1.0,
        soft_max=1000.0,
        subtype="PIXEL",
        options=set(),
        update=_on_stand_in,
        override=_OVERRIDABLE,
    )
    stand_in_distance: FloatProperty(
        name="Beyond",
        description="From this distance on the stand-in is seen alone and no plate is made",
        default=20.0,
        min=1e-3,
        soft_max=1000.0,
        subtype="DISTANCE",
        options=set(),
        update=_on_stand_in,
        override=_OVERRIDABLE,
    )
    stand_in_range: FloatProperty(
        name="Fade Range",
        description="How many times as large or as near the field is where it is seen alone. In between one fades over "
        "into the other; 1 switches at once",
        default=1.5,
        min=1.0,
        soft_max=4.0,
        options=set(),
        update=_on_stand_in,
        override=_OVERRIDABLE,
    )
    stand_in_detail: IntProperty(
        name="Detail",
        description="Voxels of the stand-in along the longest edge of the field's box; 0 for one a pixel where it "
        "begins to be seen",
        default=0,
        min=0,
        soft_max=320,
        options=set(),
        override=_OVERRIDABLE,
    )
    stand_in_step: FloatProperty(
        name="Step",
        description="Shot frames from one mesh to the next. Between them it stands still, which slow motion shows",
        default=1.0,
        min=0.05,
        soft_max=4.0,
        options=set(),
        override=_OVERRIDABLE,
    )

    show_cameras: BoolProperty(
        name="Footage Cameras",
        description="Show in the viewport where the footage was filmed from, coloured by shot time from blue to "
        "yellow; white is the camera of the shown frame",
        override=_OVERRIDABLE,
    )
    show_coverage: BoolProperty(
        name="Coverage",
        description="Show around the field from where re-filming holds at the shown frame: large blue patches hold, "
        "yellow ones are doubtful, small red ones break. A white ring is the scene's camera",
        override=_OVERRIDABLE,
    )


class FieldLink(bpy.types.PropertyGroup):
    """On a compositing group: whose plate it shows."""

    field: PointerProperty(type=bpy.types.Object, name="Field", description="The field whose plate this group shows")
    image: PointerProperty(type=bpy.types.Image, name="Plate")
    layer: StringProperty(name="View Layer", description="The view layer whose render it is joined with")
    film_was_opaque: BoolProperty(options={"HIDDEN"})
    depth_was_off: BoolProperty(options={"HIDDEN"})
    interface_was_free: BoolProperty(options={"HIDDEN"})


def register() -> None:
    """Put the settings on objects, and the link on node groups."""
    bpy.utils.register_class(FieldSettings)
    bpy.utils.register_class(FieldLink)
    bpy.types.Object.spacetimepilot = PointerProperty(type=FieldSettings, override=_OVERRIDABLE)
    bpy.types.NodeTree.spacetimepilot = PointerProperty(type=FieldLink)


def unregister() -> None:
    """Undo `register`."""
    del bpy.types.NodeTree.spacetimepilot
    del bpy.types.Object.spacetimepilot
    bpy.utils.unregister_class(FieldLink)
    bpy.utils.unregister_class(FieldSettings)
