"""What a doctor has found last, kept for the panels; asked again by itself when another worker is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.finding import Finding
from ..redraw import redraw_panels
from .health import findings_of_worker
from .worker_question import WorkerQuestion

_SECONDS = 0.25


@dataclass
class Checkup:
    """What was found, nothing if nobody has asked yet, and whether the worker is being asked."""

    findings: tuple[Finding, ...] = ()
    asking: bool = False


_last = Checkup()
_question: WorkerQuestion | None = None


def last_checkup() -> Checkup:
    """The last one."""
    return _last


def remember(findings: Sequence[Finding]) -> None:
    """Keep what was found for the panels."""
    _last.findings, _last.asking = tuple(findings), False
    redraw_panels()


def look_again() -> None:
    """Forget it and, where there is a window to show it in, ask the worker that is chosen now."""
    _stop()
    remember(())
    if bpy.app.background:
        return
    global _question
    try:
        _question = WorkerQuestion("doctor")
    except UserError as error:
        remember([no_worker(error)])
        return
    _last.asking = True
    bpy.app.timers.register(_look, first_interval=_SECONDS, persistent=True)


def no_worker(error: UserError) -> Finding:
    """A worker that does not answer, as a finding."""
    return Finding("Worker", False, error.sentence, error.hint)


def _look() -> float | None:
    global _question
    if _question is None:
        return None
    try:
        answer = _question.poll()
        if answer is None:
            return _SECONDS
        findings = findings_of_worker(answer)
    except UserError as error:
        findings = [no_worker(error)]
    _question = None
    remember(findings)
    return None


def _stop() -> None:
    global _question
    if _question is not None:
        _question.stop()
        _question = None
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)


def register() -> None:
    """Nothing is asked before somebody wants to know."""


def unregister() -> None:
    """Stop asking, and forget."""
    _stop()
    _last.findings, _last.asking = (), False
