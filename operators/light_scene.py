"""Light Scene from Field: native objects are lit by what was captured around them."""

import bpy
from bpy.props import EnumProperty, IntProperty
from mathutils import Vector

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.light.surroundings_files import SurroundingsWork
from ..spacetimepilot_blender.light.surroundings_world import light_scene
from ..spacetimepilot_blender.plates.plate_range import frames_of
from .making_files import FilesOperator
from .reporting import Result

_PLACES = [
    ("cursor", "3D Cursor", "As seen from the 3D cursor"),
    ("object", "Selected Object", "As seen from the object that is selected beside the field"),
    ("centre", "Middle of the Field", "As seen from the middle of the field's box"),
]


class SPACETIMEPILOT_OT_light_scene(FilesOperator, bpy.types.Operator):
    """Render what the field shows around a point, for each frame or once where it stands still, and light the scene by
    it. The world that the scene has is kept, and goes on where the field knows nothing"""

    bl_idname = "spacetimepilot.light_scene"
    bl_label = "Light Scene from Field"
    bl_options = {"REGISTER", "UNDO"}

    place: EnumProperty(name="Seen from", description="Where the surroundings are seen from", items=_PLACES)
    width: IntProperty(
        name="Width", description="Pixels all around; half as many from below to above", default=512, min=16, max=8192
    )
    start: IntProperty(name="Start", description="First scene frame; -1 for the scene's", default=-1, min=-1)
    end: IntProperty(name="End", description="Last scene frame; -1 for the scene's", default=-1, min=-1)

    what = "Picture"

    def begin_work(self, context: bpy.types.Context) -> SurroundingsWork:
        """What there is to make."""
        frames = frames_of(context.scene, self.start, self.end)
        place = self._place(context)
        return SurroundingsWork(context.scene, context.view_layer, context.object, frames, place, self.width)

    def finish(self, context: bpy.types.Context, work: SurroundingsWork) -> Result:
        """Let the scene be lit by the pictures."""
        world = light_scene(context.scene, self.field(work.field), work.files)
        self.report({"INFO"}, f"{world.name}: {work.told}. The pictures are in {work.files.folder}")
        return {"FINISHED"}

    def _place(self, context: bpy.types.Context) -> Vector:
        if self.place == "cursor":
            return context.scene.cursor.location.copy()
        if self.place == "centre":
            return context.object.matrix_world.translation.copy()
        others = [thing for thing in context.selected_objects if thing != context.object]
        if len(others) != 1:
            raise UserError("Beside the field no object is selected, or several.", "Select one, then the field.")
        return others[0].matrix_world.translation.copy()
