"""What acts that make plates have in common: progress and an end, while the window stays alive."""

from __future__ import annotations

from typing import Any, Protocol

import bpy

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.plates.plate_work import PlateWork
from ..spacetimepilot_blender.redraw import redraw_areas, redraw_panels
from ..spacetimepilot_blender.under_way import begin, end, under_way
from .reporting import Result

_SECONDS = 0.2


class _Work(Protocol):
    total: int

    def stop(self) -> None: ...


class PlatesOperator:
    """Mixin for operators that wait in `modal` until plates are made."""

    _timer: bpy.types.Timer | None = None
    _followed: _Work | None = None

    def cancel(self, _: bpy.types.Context) -> None:
        """Blender ends it, as when another file is opened."""
        if self._followed is not None:
            self._followed.stop()
        end()

    def _begin(self, context: bpy.types.Context, work: PlateWork) -> Result:
        _demand_nothing_under_way()
        work.start()
        return self._follow(context, work)

    def _follow(self, context: bpy.types.Context, work: _Work) -> Result:
        """Wait for work that has begun."""
        kind: Any = type(self)
        begin(kind.bl_idname, kind.bl_label)
        self._followed = work
        manager = context.window_manager
        manager.progress_begin(0, max(work.total, 1))
        self._timer = manager.event_timer_add(_SECONDS, window=context.window)
        manager.modal_handler_add(self)  # type: ignore[arg-type]
        return {"RUNNING_MODAL"}

    def _show(self, context: bpy.types.Context, work: PlateWork, more: str = "", what: str = "Plate") -> None:
        self._show_as(context, work.made, work.total, f"{what} {work.made} of {work.total}{more}")

    def _show_as(self, context: bpy.types.Context, made: int, total: int, told: str) -> None:
        context.window_manager.progress_update(made)
        context.workspace.status_text_set(f"{told}   (Esc stops)")
        now = under_way()
        if now is not None and now.told != told:
            now.told, now.fraction = told, made / max(total, 1)
            redraw_panels()

    def _leave(self, context: bpy.types.Context) -> None:
        end()
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()
        context.workspace.status_text_set(None)
        # Whatever has come of it is seen at once, wherever the mouse is.
        redraw_areas("VIEW_3D")


def nothing_under_way(operator: Any) -> bool:
    """Whether no other work is followed; if some is, the button says so: Escape would stop both."""
    now = under_way()
    if now is not None:
        operator.poll_message_set(f"{now.label} is under way: wait for it, or press Escape")
    return now is None


def _demand_nothing_under_way() -> None:
    now = under_way()
    if now is not None:
        raise UserError(f"{now.label} is under way.", "Wait for it, or press Escape.")
