"""What acts that make something piece by piece have in common: they wait headless, and follow the work in a window."""

from __future__ import annotations

from typing import Any, cast

import bpy

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.redraw import redraw_areas, redraw_panels
from ..spacetimepilot_blender.under_way import begin, end, under_way
from ..spacetimepilot_blender.work import Work
from .escape import escape_pressed
from .reporting import Result, reported


class WorkOperator:
    """Mixin for operators that have `begin_work`, `finish` and `what` a piece is called."""

    what = "Plate"
    _work: Work | None = None
    _timer: bpy.types.Timer | None = None

    @reported
    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Collect what is needed, then make it while the window stays alive; Escape stops."""
        return self.execute(context) if bpy.app.background else self.follow(context)

    @reported
    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Follow the work."""
        work = self._work
        assert work is not None
        if escape_pressed(event) and self.may_stop(work):
            work.stop()
            self._leave(context)
            self.report({"WARNING"}, self.stopped(work))
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        running = work.running
        context.window_manager.progress_update(work.made)
        self._show(context, work)
        if running:
            return {"PASS_THROUGH"}
        self._leave(context)
        if work.failure is not None:
            raise work.failure
        return self.followed(context, work)

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Make all and wait, printing progress; the form is stable, because farms read it."""
        work = self.begin_work(context)
        for made in work.make_all():
            print(f"SpaceTimePilot {self.line(work, made)}", flush=True)
        return self.finish(context, work)

    def follow(self, context: bpy.types.Context) -> Result:
        """Begin the work and let the window stay alive meanwhile."""
        now, kind = under_way(), cast("Any", type(self))
        if now is not None:
            raise UserError(f"{now.label} is under way.", "Wait for it, or press Escape.")
        work = self._work = self.begin_work(context)
        work.start()
        begin(kind.bl_idname, kind.bl_label)
        manager = context.window_manager
        manager.progress_begin(0, max(work.total, 1))
        self._timer = manager.event_timer_add(0.2, window=context.window)
        manager.modal_handler_add(self)  # type: ignore[arg-type]
        return {"RUNNING_MODAL"}

    def begin_work(self, context: bpy.types.Context) -> Any:
        """What there is to make."""
        raise NotImplementedError

    def finish(self, context: bpy.types.Context, work: Any) -> Result:
        """Use what was made, or tell where it is."""
        raise NotImplementedError

    def followed(self, context: bpy.types.Context, work: Any) -> Result:
        """`finish` of what was made while somebody could work on the scene."""
        return self.finish(context, work)

    def may_stop(self, _: Any) -> bool:
        """Whether Escape still stops the work."""
        return True

    def status(self, work: Any) -> str:
        """How far it is, for the window."""
        return f"{self.what} {work.made} of {work.total}"

    def line(self, work: Any, made: int) -> str:
        """How far it is, for a shell."""
        return f"{self.what.lower()} {made} of {work.total}"

    def stopped(self, _: Any) -> str:
        """What to say when somebody has stopped it."""
        return "Stopped: the scene is as it was"

    def cancel(self, _: bpy.types.Context) -> None:
        """Blender ends it, as when another file is opened."""
        end()
        if self._work is not None:
            self._work.stop()

    def _show(self, context: bpy.types.Context, work: Work) -> None:
        told, now = self.status(work), under_way()
        context.workspace.status_text_set(f"{told}   (Esc stops)")
        if now is not None and now.told != told:
            now.told, now.fraction = told, work.made / max(work.total, 1)
            redraw_panels()

    def _leave(self, context: bpy.types.Context) -> None:
        end()
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()
        context.workspace.status_text_set(None)
        # Whatever has come of it is seen at once, wherever the mouse is.
        redraw_areas("VIEW_3D")


def nothing_under_way(operator: Any) -> bool:
    """Whether no work is followed; if some is, the button says so: Escape would stop both."""
    now = under_way()
    if now is not None:
        operator.poll_message_set(f"{now.label} is under way: wait for it, or press Escape")
    return now is None
