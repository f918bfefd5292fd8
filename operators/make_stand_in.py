"""Make Stand-In: meshes with the captured light that are seen in place of fields where these are small."""

import bpy
from bpy.props import IntProperty

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.field.field_object import is_field
from ..spacetimepilot_blender.plates.plate_range import frames_of
from ..spacetimepilot_blender.stand_ins.stand_in_files import StandInWork
from ..spacetimepilot_blender.stand_ins.stand_in_kit import make_stand_in
from .making_files import FilesOperator
from .reporting import Result

_SHARED = ("by", "pixels", "distance", "range", "detail", "step")


class SPACETIMEPILOT_OT_make_stand_in(FilesOperator, bpy.types.Operator):
    """Make meshes of the selected fields with the captured light, which the camera sees in place of a field where it is
    small: no plate is made there. All selected fields get the settings of the active one"""

    bl_idname = "spacetimepilot.make_stand_in"
    bl_label = "Make Stand-In"
    bl_options = {"REGISTER", "UNDO"}

    start: IntProperty(name="Start", description="First scene frame; -1 for the scene's", default=-1, min=-1)
    end: IntProperty(name="End", description="Last scene frame; -1 for the scene's", default=-1, min=-1)

    what = "Mesh"

    def begin_work(self, context: bpy.types.Context) -> StandInWork:
        """What there is to make."""
        things = selected_fields(context)
        for thing in things:
            for name in (f"stand_in_{name}" for name in _SHARED):
                if thing != context.object and getattr(thing.spacetimepilot, name) != getattr(
                    context.object.spacetimepilot, name
                ):
                    setattr(thing.spacetimepilot, name, getattr(context.object.spacetimepilot, name))
        return StandInWork(context.scene, context.view_layer, things, self._frames(context))

    def finish(self, context: bpy.types.Context, work: StandInWork) -> Result:
        """Put the stand-ins into the scene."""
        things = [self.field(part.field) for part in work.parts]
        for thing, part in zip(things, work.parts, strict=True):
            make_stand_in(context.scene, thing, part.files, self._frames(context))
        self.report({"INFO"}, f"{', '.join(thing.name for thing in things)}: {work.parts[0].told}")
        filling = [thing.name for thing in things if thing.spacetimepilot.opaque]
        if filling:
            self.report(
                {"INFO"},
                f"{', '.join(filling)}: the footage fills the frame. Only what lies in the box stands in for it; where "
                "the stand-in is seen alone, the scene's world is behind it",
            )
        return {"FINISHED"}

    def _frames(self, context: bpy.types.Context) -> range:
        return frames_of(context.scene, self.start, self.end)


def selected_fields(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected fields, the active one first.

    Raises
    ------
    UserError
        If one of them is linked and cannot carry a stand-in.
    """
    others = [thing for thing in context.selected_objects if is_field(thing) and thing != context.object]
    things = [context.object, *sorted(others, key=lambda thing: thing.name)]
    linked = [thing.name for thing in things if thing.library is not None]
    if linked:
        raise UserError(
            f"{', '.join(linked)} is linked from another .blend and cannot be changed here.",
            "Make a library override of it.",
        )
    return things
