"""Re-film: a camera where the footage was filmed, to start a new move from."""

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty

from ..spacetimepilot_blender.cameras.footage_camera import (
    Between,
    Refilm,
    Timing,
    add_footage_camera,
    count_streams,
    shape_hint,
    take_resolution,
)
from ..spacetimepilot_blender.field.field_object import field_file
from .on_field import FieldOperator
from .reporting import Result, reported

_TIMINGS = [
    ("AUTO", "Automatic", "With the shot; where shot time stands still, along the whole path"),
    ("SHOWN", "With the Shot", "At every frame where the shown frame of the shot was filmed from"),
    ("WHOLE", "Along the Whole Path", "From the scene's first frame on, as fast as it was filmed"),
]
_BETWEEN = [
    ("AUTO", "Automatic", "Smooth, or in steps where the footage's camera leapt from place to place"),
    ("SMOOTH", "Smooth", "Along a curve through all places"),
    ("STEPS", "Steps", "From place to place, without what lies between"),
]


class SPACETIMEPILOT_OT_add_footage_camera(FieldOperator, bpy.types.Operator):
    """Add a camera on the path on which the footage was filmed, to start a new move from"""

    bl_idname = "spacetimepilot.add_footage_camera"
    bl_label = "Re-film"
    bl_options = {"REGISTER", "UNDO"}

    stream: IntProperty(
        name="Footage Camera", description="Which of the cameras that filmed, counted from 1", default=1, min=1
    )
    timing: EnumProperty(name="Timing", description="When the camera is where", items=_TIMINGS)
    between: EnumProperty(
        name="Between", description="How the camera goes from one picture's place to the next", items=_BETWEEN
    )
    take_resolution: BoolProperty(
        name="Take Resolution", description="Let the scene render pictures of the footage's size and shape"
    )

    look_through: BoolProperty(
        name="Look Through",
        description="Make it the scene's camera, and show what it sees in this viewport",
        options={"SKIP_SAVE"},
    )

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Ask which camera, where several have filmed."""
        if bpy.app.background or count_streams(field_file(context.object)) == 1:
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(self, title="Re-film")

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Add it, and let the scene look through it if it has no camera yet."""
        scene, thing = context.scene, context.object
        path = field_file(thing)
        asked = Refilm(self.stream, Timing(self.timing), Between(self.between))
        camera = add_footage_camera(scene, context.view_layer, thing, path, asked)
        if self.take_resolution:
            take_resolution(scene, path, self.stream)
        if scene.camera is None or self.look_through:
            scene.camera = camera
        if self.look_through and isinstance(context.space_data, bpy.types.SpaceView3D):
            context.space_data.region_3d.view_perspective = "CAMERA"
        told = [f"{camera.name} is where the footage was filmed", shape_hint(scene, path, self.stream)]
        self.report({"INFO"}, ". ".join(sentence for sentence in told if sentence))
        return {"FINISHED"}
