"""Set Up Worker: make an environment that has all the worker needs."""

import bpy
from bpy.props import StringProperty

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.bakes import bake_watch
from ..spacetimepilot_blender.worker import set_up_watch
from ..spacetimepilot_blender.worker.set_up_job import SetUpJob, SetUpState, SetUpView, log_file, plan_set_up
from .reporting import Result, reported


class SPACETIMEPILOT_OT_set_up_worker(bpy.types.Operator):
    """Make a Python with everything the worker needs, in the extension's own folder. Blender stays free meanwhile"""

    bl_idname = "spacetimepilot.set_up_worker"
    bl_label = "Set Up Worker"
    bl_options = {"REGISTER"}

    python: StringProperty(
        name="Made With", description="Instead of the preference of this name", options={"SKIP_SAVE"}
    )
    wheels: StringProperty(
        name="Folder of Wheels", description="Instead of the preference of this name", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, _: bpy.types.Context) -> bool:
        """Nothing is in its way."""
        if set_up_watch.setting_up():
            cls.poll_message_set("The worker is being set up")
            return False
        if bake_watch.any_live():
            cls.poll_message_set("Wait until the bake has ended: it runs on the worker that would be replaced")
            return False
        return True

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Start it and let the artist work on; the preferences show how it stands."""
        if bpy.app.background:
            return self.execute(context)
        set_up_watch.watch(SetUpJob(plan_set_up(self.python, self.wheels)))
        return {"FINISHED"}

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Wait for the end, printing progress: for scripts and studios."""
        job = SetUpJob(plan_set_up(self.python, self.wheels))
        set_up_watch.hold(job)
        try:
            view = job.wait(_Teller())
        finally:
            set_up_watch.hold(None)
        view = set_up_watch.finished(job, view)
        if view.state is not SetUpState.DONE:
            raise UserError(view.text, f"The log is {log_file()}.")
        self.report({"INFO"}, view.text)
        return {"FINISHED"}


class _Teller:
    """Prints a line whenever something else is being done."""

    def __init__(self) -> None:
        self._told = ""

    def __call__(self, view: SetUpView) -> None:
        if view.text != self._told:
            self._told = view.text
            print(f"SpaceTimePilot set-up {view.fraction * 100:3.0f}%  {view.text}", flush=True)
