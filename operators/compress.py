"""Compress: make a smaller, quicker file of the active field, and show that."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty, StringProperty

from ..bake.contract.compression import Compression
from ..bake.contract.field_file import read_header
from ..spacetimepilot_blender.field.compress_work import CompressWork, smaller_file
from ..spacetimepilot_blender.field.field_object import field_file, is_field, take_header
from ..spacetimepilot_blender.paths import absolute, relative
from .escape import escape_pressed
from .making_plates import PlatesOperator, nothing_under_way
from .reporting import Result, reported


class SPACETIMEPILOT_OT_compress(PlatesOperator, bpy.types.Operator):
    """Make a file of this field beside it, SHOT.small.stp, that is many times smaller and quicker to render. What
    that costs in quality is measured and shown. The original stays"""

    bl_idname = "spacetimepilot.compress"
    bl_label = "Compress"
    bl_options = {"REGISTER", "UNDO"}

    prune: FloatProperty(
        name="Prune",
        description="Share of the networks' hidden units to remove",
        default=0.3,
        min=0.0,
        max=0.9,
        subtype="FACTOR",
    )
    minutes: FloatProperty(
        name="Minutes", description="Time to learn again what was lost", default=1.0, min=0.01, soft_max=20.0
    )
    footage: StringProperty(
        name="Footage",
        description="The capture it was baked from, to learn from; empty: the field itself is the teacher",
        subtype="FILE_PATH",
        options={"PATH_SUPPORTS_BLEND_RELATIVE"},
    )
    use: BoolProperty(
        name="Use It", description="Let this field show the smaller file; Undo shows the original again", default=True
    )

    _work: CompressWork | None = None
    _field = ""
    _output: Path | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is active that is not compressed yet."""
        if not is_field(context.object):
            cls.poll_message_set("Select a field")
            return False
        if context.object.spacetimepilot.compression:
            cls.poll_message_set("It is compressed already: choose the file that it was made from")
            return False
        return nothing_under_way(cls)

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Ask for the settings."""
        if bpy.app.background:
            return self.execute(context)
        self._output = smaller_file(field_file(context.object))
        return context.window_manager.invoke_props_dialog(self, confirm_text="Compress")

    def draw(self, _: bpy.types.Context) -> None:
        """Where the smaller file goes, and the settings."""
        layout = self.layout
        layout.use_property_split, layout.use_property_decorate = True, False
        if self._output is not None:
            there = self._output.is_file()
            told = f"{self._output.name} is there, and is replaced" if there else f"Makes {self._output.name}"
            layout.label(text=told, icon="ERROR" if there else "FILE_ARCHIVE")
        for name in ("prune", "minutes", "footage", "use"):
            layout.prop(self, name)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """In a window, go on while it stays alive; Escape stops. Headless, wait."""
        work = self._work = self._begin_work(context)
        if not bpy.app.background:
            return self._follow(context, work)
        for made in work.make_all():
            print(f"SpaceTimePilot compressing {made} %", flush=True)
        return self._finish(work)

    @reported
    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Follow the work."""
        work = self._work
        assert work is not None
        if escape_pressed(event):
            work.stop()
            self._leave(context)
            self.report({"WARNING"}, "Stopped: nothing was written")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        running = work.running
        self._show_as(context, work.made, work.total, f"Compressing: {work.phase}, {work.made} %")
        if running:
            return {"PASS_THROUGH"}
        self._leave(context)
        if work.failure is not None:
            raise work.failure
        return self._finish(work)

    def _begin_work(self, context: bpy.types.Context) -> CompressWork:
        self._field = context.object.name
        source = field_file(context.object)
        footage = absolute(self.footage, "The footage") if self.footage else None
        return CompressWork(source, smaller_file(source), self.prune, self.minutes, footage)

    def _finish(self, work: CompressWork) -> Result:
        header = read_header(work.output)
        found = Compression.from_training(header.training)
        thing: Any = bpy.data.objects.get(self._field)
        told = "" if found is None else f": {found.sentence}"
        if self.use and thing is not None and is_field(thing):
            thing.spacetimepilot.file = relative(work.output)
            take_header(thing, header)
        self.report({"INFO"}, f"{work.output.name} is made{told}")
        return {"FINISHED"}
