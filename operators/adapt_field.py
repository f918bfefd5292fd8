"""Adapt to New Footage: have the worker let the active field go on with footage that came after its bake."""

import bpy
from bpy.props import FloatProperty, IntProperty, StringProperty

from ..bake.contract.adaptation import next_version
from ..bake.contract.bake_folder import BakeStatus
from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.bakes import bake_watch
from ..spacetimepilot_blender.bakes.adapting import adapt_order
from ..spacetimepilot_blender.bakes.bake_job import BakeJob, BakeView
from ..spacetimepilot_blender.field.field_object import field_file
from ..spacetimepilot_blender.paths import absolute, relative
from .on_field import FieldOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_adapt_field(FieldOperator, bpy.types.Operator):
    """Let the active field go on with footage that begins where its bake ended, and moves as nothing in it did. Makes
    a new, longer field file beside the old one; frames that were baked stay as they are. Runs beside Blender"""

    bl_idname = "spacetimepilot.adapt_field"
    bl_label = "Adapt to New Footage"
    bl_options = {"REGISTER"}

    footage: StringProperty(
        name="New Footage",
        description="A capture of the same space: transforms.json, *.shot.json, or the folder of one; frames that the "
        "field knows already are left out",
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    output: StringProperty(
        name="New Field File",
        description="Field file to make; empty for the next version beside the old one",
        subtype="FILE_PATH",
        options={"SKIP_SAVE", "PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    budget: FloatProperty(
        name="Time per Frame (ms)",
        description="Milliseconds of learning for each frame",
        default=1000,
        min=1,
        soft_max=10000,
        precision=0,
        step=10000,
    )
    first_frame: IntProperty(
        name="First Frame",
        description="Shot frame of the new footage's first frame; -1 for what it states itself",
        default=-1,
        min=-1,
    )

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Ask for the footage."""
        if bpy.app.background:
            return self.execute(context)
        self.output = relative(next_version(field_file(context.object)))
        return context.window_manager.invoke_props_dialog(self, width=420, confirm_text="Adapt")

    def draw(self, context: bpy.types.Context) -> None:
        """What to go on with, and where to."""
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        last = context.object.spacetimepilot.last_frame
        layout.label(text=f"{context.object.name} ends at shot frame {last:g}", icon="INFO")
        for name in ("footage", "first_frame", "budget", "output"):
            layout.prop(self, name)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Start it; without a window wait for its end, printing progress."""
        thing = context.object
        if not self.footage.strip():
            raise UserError("No new footage is chosen.", f"Press {self.bl_label} again, and choose a capture there.")
        output = absolute(self.output, "The new field file") if self.output else next_version(field_file(thing))
        first = self.first_frame if self.first_frame >= 0 else None
        order = adapt_order(thing, absolute(self.footage, "The new footage"), output, self.budget, first)
        bake_watch.refuse_twice(order.output)
        job = BakeJob.start(order)
        if not bpy.app.background:
            bake_watch.watch(job)
            return {"FINISHED"}
        view = job.wait(_Teller())
        if view.status is not BakeStatus.DONE:
            raise UserError(view.text)
        self.report({"INFO"}, view.text)
        if view.warning:
            self.report({"INFO"}, view.warning)
        return {"FINISHED"}


class _Teller:
    """Prints a line whenever another frame has been learnt from; the form is stable, because farms read it."""

    def __init__(self) -> None:
        self._told = ""

    def __call__(self, view: BakeView) -> None:
        if view.progress is not None and view.text != self._told:
            self._told = view.text
            print(f"SpaceTimePilot adapt {view.progress.fraction * 100:3.0f}%  {view.text}", flush=True)
