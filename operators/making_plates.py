"""What acts that make plates have in common: progress and an end, while the window stays alive."""

from __future__ import annotations

import bpy

from ..spacetimepilot_blender.plates.plate_work import PlateWork
from .reporting import Result


class PlatesOperator:
    """Mixin for operators that wait in `modal` until plates are made."""

    _timer: bpy.types.Timer | None = None

    def _begin(self, context: bpy.types.Context, work: PlateWork) -> Result:
        work.start()
        manager = context.window_manager
        manager.progress_begin(0, max(work.total, 1))
        self._timer = manager.event_timer_add(0.2, window=context.window)
        manager.modal_handler_add(self)  # type: ignore[arg-type]
        return {"RUNNING_MODAL"}

    def _show(self, context: bpy.types.Context, work: PlateWork, more: str = "", what: str = "Plate") -> None:
        context.window_manager.progress_update(work.made)
        context.workspace.status_text_set(f"{what} {work.made} of {work.total}{more}   (Esc stops)")

    def _leave(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()
        context.workspace.status_text_set(None)
