"""Bake: have the worker turn the shot's footage into a field."""

import bpy
from bpy.props import BoolProperty

from ..bake.contract.bake_folder import BakeStatus
from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.bakes import bake_watch
from ..spacetimepilot_blender.bakes.bake_job import BakeJob, BakeView
from ..spacetimepilot_blender.footage.shot_source import bake_order, field_output
from .reporting import Result, reported


class SPACETIMEPILOT_OT_bake(bpy.types.Operator):
    """Turn the shot's footage into a field. The bake runs beside Blender and goes on if Blender is closed"""

    bl_idname = "spacetimepilot.bake"
    bl_label = "Bake"
    bl_options = {"REGISTER"}

    resume: BoolProperty(
        name="Resume", description="Go on from the last checkpoint, if there is one", options={"SKIP_SAVE"}
    )
    queue: BoolProperty(
        name="Queue",
        description="Begin when your other bakes on this machine have ended, also if Blender is closed by then",
        options={"SKIP_SAVE"},
    )
    _in_window = False
    _others: list[str] = []

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Start it and let the artist work on; where another bake runs, ask whether to wait for it."""
        output = field_output(context.scene)
        bake_watch.refuse_twice(output)
        self._in_window = not bpy.app.background
        self._others = bake_watch.live_beside(output)
        if not self._others or self.queue or not self._in_window:
            return self.execute(context)
        self.queue = True
        return context.window_manager.invoke_props_dialog(self, title="Another Bake Is Running", confirm_text="Bake")

    def draw(self, _: bpy.types.Context) -> None:
        """What runs, and whether to wait."""
        for name in self._others:
            self.layout.label(text=name, icon="RENDER_ANIMATION")
        self.layout.prop(
            self, "queue", text="Begin when they have ended" if len(self._others) > 1 else "Queue behind it"
        )
        if not self.queue:
            self.layout.label(text="Bakes that run side by side slow each other down", icon="INFO")

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Bake and wait for the end, printing progress: for scripts and farms."""
        order = bake_order(context.scene, context.view_layer, resume=self.resume, queue=self.queue)
        if self._in_window:
            bake_watch.watch(BakeJob.start(order))
            return {"FINISHED"}
        job = BakeJob.start(order)
        view = job.wait(_Teller(job))
        bake_watch.show_own(job, view)
        bake_watch.finished(job.output, view)
        if view.status is not BakeStatus.DONE:
            raise UserError(view.text)
        self.report({"INFO"}, view.text)
        return {"FINISHED"}


class _Teller:
    """Prints a line whenever the bake is another percent further; the form is stable, because farms read it."""

    def __init__(self, job: BakeJob) -> None:
        self._job = job
        self._percent = -1
        self._queued = ""

    def __call__(self, view: BakeView) -> None:
        bake_watch.show_own(self._job, view)
        if view.status is BakeStatus.QUEUED and view.text != self._queued:
            self._queued = view.text
            print(f"SpaceTimePilot bake   0%  {view.text}", flush=True)
        if view.progress is None or view.status is BakeStatus.QUEUED:
            return
        percent = int(view.progress.fraction * 100)
        if percent > self._percent:
            self._percent = percent
            print(f"SpaceTimePilot bake {percent:3d}%  {view.text}", flush=True)
