"""Keeps an eye on the worker being set up while the artist works on, and sees to what follows from its end."""

from __future__ import annotations

from dataclasses import replace

import bpy

from ...bake.contract.errors import UserError
from ..bakes import bake_watch
from ..preferences import preferences
from ..redraw import redraw_panels
from . import checkup
from .interpreter import goes_before
from .set_up_job import SetUpJob, SetUpState, SetUpView
from .worker_client import stop_worker

_SECONDS = 0.5
_job: SetUpJob | None = None
_view = SetUpView()


def set_up_view() -> SetUpView:
    """How setting up stands, or how the last one in this session has ended."""
    return _view


def setting_up() -> bool:
    """Whether the worker is being set up."""
    return _job is not None


def show(view: SetUpView) -> None:
    """Show how setting up stands."""
    global _view
    _view = view
    redraw_panels()


def watch(job: SetUpJob) -> None:
    """Watch it until it ends."""
    global _job
    _job = job
    show(job.look())
    bpy.app.timers.register(_look, first_interval=_SECONDS, persistent=True)


def hold(job: SetUpJob | None) -> None:
    """Let it be cancelled while somebody else waits for its end; None when that has come."""
    global _job
    _job = job


def cancel() -> None:
    """Have it stop.

    Raises
    ------
    UserError
        If nothing is being set up.
    """
    if _job is None:
        raise UserError("The worker is not being set up.")
    _job.cancel()


def finished(job: SetUpJob, view: SetUpView) -> SetUpView:
    """What follows from its end, and how it stands then: the next request goes to the new worker."""
    if view.state is SetUpState.DONE:
        stop_worker()
        settings = preferences()
        # In the background preferences are not saved, so that clearing it would only hide it until the next start.
        if settings is not None and settings.interpreter and not bpy.app.background:
            settings.interpreter = ""
            bpy.context.preferences.is_dirty = True  # Or it would be there again after the next start.
        # A bake that was begun meanwhile lives on the old one; then the next set-up removes it.
        if not bake_watch.any_live():
            job.tidy(wait=bpy.app.background)
        view = replace(view, text=f"{view.text} {goes_before()}".strip())
        checkup.look_again()
    show(view)
    return view


def _look() -> float | None:
    global _job
    if _job is None:
        return None
    view = _job.look()
    if view.state is SetUpState.RUNNING:
        show(view)
        return _SECONDS
    job, _job = _job, None
    finished(job, view)
    return None


def register() -> None:
    """Nothing is set up before somebody asks for it."""


def unregister() -> None:
    """Stop setting up."""
    global _job, _view
    if _job is not None:
        _job.cancel()
    _job, _view = None, SetUpView()
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
