"""Make Volumes: have the active field written as an OpenVDB sequence, and traced as a volume."""

from typing import Any

import bpy
from bpy.props import IntProperty

from ..spacetimepilot_blender.field.field_object import is_field
from ..spacetimepilot_blender.plates.plate_range import frames_of
from ..spacetimepilot_blender.volumes.volume_object import show_volume
from ..spacetimepilot_blender.volumes.volume_request import volume_requests
from ..spacetimepilot_blender.volumes.volume_work import VolumeWork
from .making_plates import PlatesOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_make_volumes(PlatesOperator, bpy.types.Operator):
    """Write the field as an OpenVDB file for each frame of the timeline, so that native objects reflect and refract it
    and get its shadow in Cycles"""

    bl_idname = "spacetimepilot.make_volumes"
    bl_label = "Make Volumes"
    bl_options = {"REGISTER", "UNDO"}

    start: IntProperty(name="Start", description="First scene frame; -1 for the scene's", default=-1, min=-1)
    end: IntProperty(name="End", description="Last scene frame; -1 for the scene's", default=-1, min=-1)

    _work: VolumeWork | None = None
    _thing: str = ""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field of a saved .blend is active."""
        if not is_field(context.object):
            cls.poll_message_set("Select a field")
            return False
        if not bpy.data.filepath:
            cls.poll_message_set("Save the .blend first: volumes go beside it")
            return False
        return True

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Collect what is needed, then make it while the window stays alive; Escape stops."""
        if bpy.app.background:
            return self.execute(context)
        return self._begin(context, self._new_work(context))

    @reported
    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Follow the work."""
        work = self._work
        assert work is not None
        if event.type == "ESC":
            work.stop()
            self._leave(context)
            self.report({"WARNING"}, f"Stopped: {work.made} of {work.total} volumes are there, the scene is as it was")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self._show(context, work, what="Volume")
        if work.running:
            return {"PASS_THROUGH"}
        self._leave(context)
        if work.failure is not None:
            raise work.failure
        return self._finish(context)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Make them all and wait."""
        work = self._new_work(context)
        for made in work.make_all():
            print(f"SpaceTimePilot volume {made} of {work.total}", flush=True)
        return self._finish(context)

    def _new_work(self, context: bpy.types.Context) -> VolumeWork:
        thing, frames = context.object, frames_of(context.scene, self.start, self.end)
        requests = volume_requests(context.scene, context.view_layer, thing, frames)
        # By name, because Undo and scripts may replace objects while the work goes on.
        self._work, self._thing = VolumeWork(requests, thing.name), thing.name
        return self._work

    def _finish(self, context: bpy.types.Context) -> Result:
        thing: Any = context.scene.objects.get(self._thing)
        work = self._work
        assert work is not None and work.sequence is not None
        if not is_field(thing):
            self.report({"ERROR"}, f"{self._thing} is not in the scene any more; its volumes are kept on disk")
            return {"CANCELLED"}
        show_volume(thing, work.sequence, work.requests.keys(), work.each[0])
        told = f"{len(work.requests)} frames, {work.size / 1e6:.1f} MB, are in {work.sequence.parent}"
        self.report({"INFO"}, ". ".join([*work.remade, told]))
        return {"FINISHED"}
