"""Prepare for Farm: everything that machines without the extension need to render the shot, in one folder."""

from typing import Any

import bpy
from bpy.props import IntProperty, StringProperty

from ..spacetimepilot_blender.farm.farm_job import FarmJob, default_folder
from ..spacetimepilot_blender.paths import absolute
from ..spacetimepilot_blender.plates.compositing import linked_fields
from ..spacetimepilot_blender.plates.plate_range import frames_of
from .following import WorkOperator, nothing_under_way
from .reporting import Result


class SPACETIMEPILOT_OT_prepare_farm(WorkOperator, bpy.types.Operator):
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

    def begin_work(self, context: bpy.types.Context) -> FarmJob:
        """Look the shot over, and collect what there is to make."""
        frames = frames_of(context.scene, self.start, self.end)
        folder = absolute(self.folder or default_folder(), "The farm's folder")
        return FarmJob(context.scene, context.view_layer, frames, folder, self.chunk)

    def finish(self, context: bpy.types.Context, work: FarmJob) -> Result:
        """Write the rest of the folder."""
        manifest = work.finish(context.scene)
        for sentence in (*work.warnings, *work.remade):
            self._tell("WARNING", sentence)
        self._tell("INFO", f"{len(manifest.frames)} frames are prepared in {work.folder}")
        return {"FINISHED"}

    def followed(self, context: bpy.types.Context, work: FarmJob) -> Result:
        """The same, of a scene that nobody has changed meanwhile."""
        work.demand_unchanged(context.scene, context.view_layer)
        return self.finish(context, work)

    def may_stop(self, work: FarmJob) -> bool:
        """Once all plates are there the folder is being filled, which is soon done."""
        return work.made < work.total

    def status(self, work: FarmJob) -> str:
        """Whom the plates are for."""
        return f"{super().status(work)} for the farm"

    def stopped(self, work: FarmJob) -> str:
        """How many plates there are already."""
        return f"Stopped: {work.made} of {work.total} plates are there, {work.folder} is as it was"

    def _tell(self, kind: Any, sentence: str) -> None:
        # Headless, Blender keeps hints to itself, and what it calls a warning would fail a farm's task.
        if bpy.app.background:
            print(f"SpaceTimePilot: {sentence}", flush=True)
        else:
            self.report({kind}, sentence)
