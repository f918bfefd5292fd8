"""What acts that make files from a field have in common: they wait headless, and follow the work in a window."""

from __future__ import annotations

from typing import Any

import bpy

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.field.field_object import is_field
from ..spacetimepilot_blender.plates.plate_work import PlateWork
from .escape import escape_pressed
from .making_plates import PlatesOperator, nothing_under_way
from .reporting import Result, reported


class FilesOperator(PlatesOperator):
    """Mixin for operators that have `begin_work`, `finish` and `what` a file is called."""

    what = "File"
    _work: PlateWork | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field of a saved .blend is active."""
        return files_can_be_made(cls, context)

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Collect what is needed, then make it while the window stays alive; Escape stops."""
        if bpy.app.background:
            return self.execute(context)
        self._work = self.begin_work(context)
        return self._begin(context, self._work)

    @reported
    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Follow the work."""
        work = self._work
        assert work is not None
        if escape_pressed(event):
            work.stop()
            self._leave(context)
            self.report({"WARNING"}, "Stopped: the scene is as it was")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self._show(context, work, what=self.what)
        if work.running:
            return {"PASS_THROUGH"}
        self._leave(context)
        if work.failure is not None:
            raise work.failure
        return self.finish(context, work)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Make all and wait."""
        work = self.begin_work(context)
        for made in work.make_all():
            print(f"SpaceTimePilot {self.what.lower()} {made} of {work.total}", flush=True)
        return self.finish(context, work)

    def field(self, name: str) -> bpy.types.Object:
        """The field of that name, by which it is known: Undo and scripts may replace objects while the work goes on.

        Raises
        ------
        UserError
            If it was removed meanwhile.
        """
        thing: bpy.types.Object | None = bpy.data.objects.get(name)
        if thing is None:
            raise UserError(f"The field {name} was removed or renamed meanwhile.", "Select it and try again.")
        return thing

    def begin_work(self, context: bpy.types.Context) -> Any:
        """What there is to make."""
        raise NotImplementedError

    def finish(self, context: bpy.types.Context, work: Any) -> Result:
        """Put what was made into the scene."""
        raise NotImplementedError


def files_can_be_made(operator: Any, context: bpy.types.Context) -> bool:
    """Whether there is a field, and a .blend beside which files can go; if not, the button says why."""
    if not is_field(context.object):
        operator.poll_message_set("Select a field")
        return False
    if not bpy.data.filepath:
        operator.poll_message_set("Save the .blend first: the files go beside it")
        return False
    return nothing_under_way(operator)
