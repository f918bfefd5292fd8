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
from .following import WorkOperator, nothing_under_way
from .on_field import FieldOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_compress(WorkOperator, FieldOperator, bpy.types.Operator):
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

    _field = ""
    _output: Path | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is active that is not compressed yet."""
        if not super().poll(context):
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
        return super().execute(context) if bpy.app.background else self.follow(context)

    def begin_work(self, context: bpy.types.Context) -> CompressWork:
        """Have the worker begin."""
        self._field = context.object.name
        source = field_file(context.object)
        footage = absolute(self.footage, "The footage") if self.footage else None
        return CompressWork(source, smaller_file(source), self.prune, self.minutes, footage)

    def finish(self, _: bpy.types.Context, work: CompressWork) -> Result:
        """Let the field show the smaller file, if that is wanted."""
        header = read_header(work.output)
        found = Compression.from_training(header.training)
        thing: Any = bpy.data.objects.get(self._field)
        told = "" if found is None else f": {found.sentence}"
        if self.use and thing is not None and is_field(thing):
            thing.spacetimepilot.file = relative(work.output)
            take_header(thing, header)
        self.report({"INFO"}, f"{work.output.name} is made{told}")
        return {"FINISHED"}

    def status(self, work: CompressWork) -> str:
        """What it is about."""
        return f"Compressing: {work.phase}, {work.made} %"

    def line(self, _: CompressWork, made: int) -> str:
        """In hundredths."""
        return f"compressing {made} %"

    def stopped(self, _: CompressWork) -> str:
        """That nothing has changed."""
        return "Stopped: nothing was written"
