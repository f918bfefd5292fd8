"""Make Volumes: have the active field written as an OpenVDB sequence, and traced as a volume."""

import bpy
from bpy.props import IntProperty

from ..spacetimepilot_blender.plates.plate_range import frames_of
from ..spacetimepilot_blender.volumes.volume_object import show_volume
from ..spacetimepilot_blender.volumes.volume_request import volume_requests
from ..spacetimepilot_blender.volumes.volume_work import VolumeWork
from .making_files import FilesOperator
from .reporting import Result


class SPACETIMEPILOT_OT_make_volumes(FilesOperator, bpy.types.Operator):
    """Write the field as an OpenVDB file for each frame of the timeline, so that native objects reflect and refract it
    and get its shadow in Cycles"""

    bl_idname = "spacetimepilot.make_volumes"
    bl_label = "Make Volumes"
    bl_options = {"REGISTER", "UNDO"}

    start: IntProperty(name="Start", description="First scene frame; -1 for the scene's", default=-1, min=-1)
    end: IntProperty(name="End", description="Last scene frame; -1 for the scene's", default=-1, min=-1)

    what = "Volume"

    def begin_work(self, context: bpy.types.Context) -> VolumeWork:
        """What there is to make."""
        thing, frames = context.object, frames_of(context.scene, self.start, self.end)
        return VolumeWork(volume_requests(context.scene, context.view_layer, thing, frames), thing.name)

    def finish(self, _: bpy.types.Context, work: VolumeWork) -> Result:
        """Put the volumes into the scene."""
        assert work.sequence is not None, "all are made"
        show_volume(self.field(work.field), work.sequence, work.requests.keys(), work.each[0])
        told = f"{len(work.requests)} frames, {work.size / 1e6:.1f} MB, are in {work.sequence.parent}"
        self.report({"INFO"}, ". ".join([*work.remade, told]))
        return {"FINISHED"}
