"""Operators that ask the worker something and wait for its answer without holding up the window."""

from __future__ import annotations

from typing import Any

import bpy

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.redraw import redraw_panels
from ..spacetimepilot_blender.worker.worker_question import WorkerQuestion
from .escape import escape_pressed
from .reporting import Result

_SECONDS = 0.1


class AskingOperator:
    """Mix-in: `question` starts it, `answered` makes of the answer what the operator is for. Escape gives up."""

    _question: WorkerQuestion | None = None
    _timer: bpy.types.Timer | None = None

    def question(self, context: bpy.types.Context) -> WorkerQuestion:
        """What to ask; may raise a UserError."""
        raise NotImplementedError

    def answered(self, context: bpy.types.Context, answer: dict[str, Any]) -> Result:
        """What follows from the answer; may raise a UserError."""
        raise NotImplementedError

    def failed(self, context: bpy.types.Context, error: UserError) -> Result:  # noqa: ARG002
        """What follows where there is no answer."""
        self.report({"ERROR"}, str(error))
        return {"CANCELLED"}

    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Ask, and let the window live on."""
        if bpy.app.background:
            return self.execute(context)
        try:
            self._question = self.question(context)
        except UserError as error:
            return self.failed(context, error)
        self._timer = context.window_manager.event_timer_add(_SECONDS, window=context.window)
        operator: Any = self
        context.window_manager.modal_handler_add(operator)
        context.window.cursor_set("WAIT")
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Look whether the answer is there."""
        assert self._question is not None
        if escape_pressed(event):
            self._question.stop()
            self._leave(context)
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            answer = self._question.poll()
            if answer is None:
                return {"PASS_THROUGH"}
            self._leave(context)
            ended = self.answered(context, answer)
        except UserError as error:
            self._leave(context)
            ended = self.failed(context, error)
        redraw_panels()
        return ended

    def execute(self, context: bpy.types.Context) -> Result:
        """Ask and wait: for scripts and farms."""
        try:
            return self.answered(context, self.question(context).wait())
        except UserError as error:
            return self.failed(context, error)

    def _leave(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        context.window.cursor_set("DEFAULT")
        # Whatever has come of it is told in a panel, over which the mouse may not move for a while.
        redraw_panels()
