"""Prepare for Farm: everything that machines without the extension need to render the shot, in one folder."""

from typing import Any

import bpy
from bpy.props import IntProperty, StringProperty

from ..spacetimepilot_blender.farm.farm_job import FarmJob, default_folder
from ..spacetimepilot_blender.paths import absolute
from ..spacetimepilot_blender.plates.compositing import linked_fields
from ..spacetimepilot_blender.plates.plate_range import frames_of
from .escape import escape_pressed
from .making_plates import PlatesOperator, nothing_under_way
from .reporting import Result, reported


class SPACETIMEPILOT_OT_prepare_farm(PlatesOperator, bpy.types.Operator):
    """Make a folder with plates, farm templates and a copy of the .blend that renders without this extension"""

    bl_idname = "spacetimepilot.prepare_farm"
    bl_label = "Prepare for Farm"
    bl_options = {"REGISTER"}

    start: IntProperty(name="Start", description="First scene frame; -1 for the scene's", default=-1, min=-1)
    end: IntProperty(name="End", description="Last scene frame; -1 for the scene's", default=-1, min=-1)
    folder: StringProperty(
        name="Folder",
        description="Where everything goes; empty for a folder beside the .blend",
        subtype="DIR_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    chunk: IntProperty(name="Frames a Task", description="How many frames a farm's task renders", default=10, min=1)

    _job: FarmJob | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is in the compositing of a saved .blend."""
        if not linked_fields(context.scene):
            cls.poll_message_set("Set up compositing first")
            return False
        if not bpy.data.filepath:
            cls.poll_message_set("Save the .blend first: the folder goes beside it")
            return False
        return nothing_under_way(cls)

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Look the shot over, then make what is needed while the window stays alive; Escape stops."""
        if bpy.app.background:
            return self.execute(context)
        job = self._job = self._new_job(context)
        return self._begin(context, job)

    @reported
    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Follow the work."""
        job = self._job
        assert job is not None
        # Once all plates are there the folder is being filled, which is soon done.
        if escape_pressed(event) and job.made < job.total:
            job.stop()
            self._leave(context)
            self.report({"WARNING"}, f"Stopped: {job.made} of {job.total} plates are there, {job.folder} is as it was")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self._show(context, job, " for the farm")
        if job.running:
            return {"PASS_THROUGH"}
        self._leave(context)
        if job.failure is not None:
            raise job.failure
        job.demand_unchanged(context.scene, context.view_layer)
        return self._finish(context)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Make everything and wait."""
        job = self._job = self._new_job(context)
        for made in job.make_all():
            print(f"SpaceTimePilot plate {made} of {job.total}", flush=True)
        return self._finish(context)

    def _new_job(self, context: bpy.types.Context) -> FarmJob:
        frames = frames_of(context.scene, self.start, self.end)
        folder = absolute(self.folder or default_folder(), "The farm's folder")
        return FarmJob(context.scene, context.view_layer, frames, folder, self.chunk)

    def _finish(self, context: bpy.types.Context) -> Result:
        job = self._job
        assert job is not None
        manifest = job.finish(context.scene)
        for sentence in (*job.warnings, *job.remade):
            self._tell("WARNING", sentence)
        self._tell("INFO", f"{len(manifest.frames)} frames are prepared in {job.folder}")
        return {"FINISHED"}

    def _tell(self, kind: Any, sentence: str) -> None:
        # Headless, Blender keeps hints to itself, and what it calls a warning would fail a farm's task.
        if bpy.app.background:
            print(f"SpaceTimePilot: {sentence}", flush=True)
        else:
            self.report({kind}, sentence)
