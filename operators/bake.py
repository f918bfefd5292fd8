"""Bake: have the worker turn the shot's footage into a field."""

import bpy
from bpy.props import BoolProperty

from ..bake.contract.bake_folder import BakeStatus
from ..bake.contract.errors import UserError
from ..spacetimepilot_blender import bake_watch
from ..spacetimepilot_blender.bake_job import BakeJob, BakeView
from ..spacetimepilot_blender.shot_source import bake_order
from .reporting import Result, reported


class SPACETIMEPILOT_OT_bake(bpy.types.Operator):
    """Turn the shot's footage into a field. The bake runs beside Blender and goes on if Blender is closed"""

    bl_idname = "spacetimepilot.bake"
    bl_label = "Bake"
    bl_options = {"REGISTER"}

    resume: BoolProperty(
        name="Resume", description="Go on from the last checkpoint, if there is one", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, _: bpy.types.Context) -> bool:
        """No bake is being watched."""
        return not bake_watch.running()

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Start it and let the artist work on; the sidebar shows how it stands."""
        bake_watch.watch(BakeJob.start(bake_order(context.scene, context.view_layer, resume=self.resume)))
        return {"FINISHED"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Bake and wait for the end, printing progress: for scripts and farms."""
        job = BakeJob.start(bake_order(context.scene, context.view_layer, resume=self.resume))
        told = _Teller()
        view = job.wait(told)
        bake_watch.finished(job, view)
        if view.status is not BakeStatus.DONE:
            raise UserError(view.text)
        self.report({"INFO"}, view.text)
        return {"FINISHED"}


class _Teller:
    """Prints a line whenever the bake is another percent further; the form is stable, because farms read it."""

    def __init__(self) -> None:
        self._percent = -1

    def __call__(self, view: BakeView) -> None:
        bake_watch.show(view)
        if view.progress is None:
            return
        percent = int(view.progress.fraction * 100)
        if percent > self._percent:
            self._percent = percent
            print(f"SpaceTimePilot bake {percent:3d}%  {view.text}", flush=True)
