"""Make Catcher: the field's surfaces as meshes, on which native objects cast shadows."""

import bpy
from bpy.props import EnumProperty, IntProperty

from ..spacetimepilot_blender.light.catcher_files import CatcherWork
from ..spacetimepilot_blender.light.catcher_kit import make_catcher
from ..spacetimepilot_blender.light.light_settings import ROLES
from ..spacetimepilot_blender.plates.plate_range import frames_of
from .making_files import FilesOperator
from .reporting import Result


class SPACETIMEPILOT_OT_make_catcher(FilesOperator, bpy.types.Operator):
    """Make meshes of the field's surfaces, one for each frame or one for all where it stands still, so that native
    objects cast shadows on what was captured, and are shaded by it"""

    bl_idname = "spacetimepilot.make_catcher"
    bl_label = "Make Catcher"
    bl_options = {"REGISTER", "UNDO"}

    role: EnumProperty(name="Role", description="What captured surfaces do in renders", items=ROLES)
    detail: IntProperty(
        name="Detail",
        description="Voxels along the longest edge of the bounds or the crop. Twice as many take eight times as long",
        default=96,
        min=8,
        soft_max=256,
    )
    start: IntProperty(name="Start", description="First scene frame; -1 for the scene's", default=-1, min=-1)
    end: IntProperty(name="End", description="Last scene frame; -1 for the scene's", default=-1, min=-1)

    what = "Mesh"

    def begin_work(self, context: bpy.types.Context) -> CatcherWork:
        """What there is to make."""
        frames = frames_of(context.scene, self.start, self.end)
        return CatcherWork(context.scene, context.view_layer, context.object, frames, self.detail)

    def finish(self, context: bpy.types.Context, work: CatcherWork) -> Result:
        """Put the meshes into the scene."""
        surfaces = make_catcher(context.scene, context.view_layer, self.field(work.field), work.files, self.role)
        self.report({"INFO"}, f"{surfaces.name}: {work.told}. The meshes are in {work.files.folder}")
        return {"FINISHED"}
