"""Keeps an eye on the user's bakes while the artist works on, and carries out what is asked of them."""

from __future__ import annotations

import time
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from ...bake.contract.bake_folder import BakeStatus, ask_to_pause, ask_to_stop, read_bake
from ...bake.contract.bake_list import Listed, strike
from ...bake.contract.errors import UserError
from ...bake.contract.field_file import read_header
from ..field.field_object import fields_with_file, take_header
from ..paths import absolute
from ..redraw import redraw_panels
from . import bake_standing
from .bake_job import BakeJob, BakeOrder, BakeView, find_result, view_of
from .bake_reader import BakeReader, Known
from .bake_standing import chosen, standing

__all__ = ["chosen", "standing"]
_SECONDS, _IDLE_SECONDS = 0.5, 2.0
_ASKED_SECONDS = 20.0
"""A request that a bake has not followed by then may be made again."""
_reader: BakeReader | None = None
_asked: dict[str, tuple[str, float]] = {}
_lived: set[str] = set()
_drawn: object = None


def reader() -> BakeReader:
    """What is known of bakes in this Blender."""
    global _reader
    if _reader is None:
        _reader = BakeReader(Path(bpy.app.tempdir))
    return _reader


def watch(job: BakeJob) -> None:
    """Watch a bake that this Blender has started; it becomes this scene's, and is chosen in the list."""
    reader().add(job)
    _asked.pop(job.entry.output, None)
    standing().output = job.entry.output
    _show()
    bake_standing.choose(job.entry.output)
    _watch_soon()


def any_live() -> bool:
    """Whether one of the user's bakes runs or waits on this machine."""
    return any(known.view.status.live for known in reader().bakes())


def live_beside(output: Path) -> list[str]:
    """Names of the user's bakes that run or wait on this machine, that of `output` left out."""
    return [
        Path(known.output).name for known in reader().bakes() if known.view.status.live and known.output != str(output)
    ]


def refuse_twice(output: Path) -> None:
    """Raise a UserError if this output is being baked."""
    view = find_result(output)
    if view.status.live:
        raise UserError(
            f"{output.name} is being baked already: {view.text}.",
            "Wait for it, cancel it, or choose another field file.",
        )


def stop(output: str) -> None:
    """Ask a bake to stop; raises a UserError if it cannot be asked."""
    ask_to_stop(Path(output))
    _ask(output, "Stopping")


def pause(output: str) -> None:
    """Ask a bake to rest; raises a UserError if it cannot be asked."""
    ask_to_pause(Path(output))
    _ask(output, "Pausing")


def begin_again(output: str, *, resume: bool) -> None:
    """Bake with the settings of before, from the last checkpoint or anew, when the machine's other bakes have ended.

    Raises
    ------
    UserError
        If the bake is not on the list, runs, or the worker cannot be started.
    """
    known = next((known for known in reader().bakes() if known.output == output), None)
    if known is None:
        raise UserError(f"{Path(output).name} is not on the list of bakes.", "Bake it from its scene.")
    refuse_twice(Path(output))
    record, entry = read_bake(Path(output)), known.entry
    settings = record.settings if record is not None and record.settings else entry.settings
    footage = record.footage if record is not None else entry.footage
    watch(BakeJob.start(BakeOrder(Path(footage), Path(output), settings, resume, queue=True, blend=entry.blend)))


def remove(output: str) -> None:
    """Take a bake off the list; its files stay.

    Raises
    ------
    UserError
        If it still runs or waits, or the list cannot be changed.
    """
    if find_result(Path(output)).status.live:
        raise UserError(f"{Path(output).name} still runs or waits.", "Cancel or pause it first.")
    strike(output)
    reader().forget(output)
    _show()


def look_now() -> None:
    """Read how all bakes stand and wait for it: for scripts."""
    reader().look_now()
    _show()


def finished(output: Path, view: BakeView) -> None:
    """What follows from a bake's end: fields that show its file show the new one."""
    if view.status is not BakeStatus.DONE:
        return
    things = fields_with_file(output)
    if things:
        header = read_header(output)
        for thing in things:
            take_header(thing, header)


def show_own(job: BakeJob, view: BakeView) -> None:
    """Show how the bake of this scene stands, while somebody waits for it."""
    standing().output = job.entry.output
    bake_standing.show(view)


def find_again(scene: bpy.types.Scene) -> None:
    """Look for a bake of this scene's field file: it is shown, and chosen in the list."""
    now = standing()
    now.state, now.text, now.output = "idle", "", ""
    now.bakes.clear()
    _show()
    if not bpy.app.background:
        _watch_soon()
    try:
        now.output = str(absolute(scene.spacetimepilot.output_path, "The field file"))
    except UserError:
        return
    record = read_bake(Path(now.output))
    if record is not None:
        # It may be on no list: baked on another machine, or by somebody else.
        reader().note(Listed(now.output, record.footage, record.settings, record.blend, record.started))
        bake_standing.show(view_of(record))
        _show()
    bake_standing.choose(now.output)


def _ask(output: str, what: str) -> None:
    _asked[output] = (what, time.monotonic())
    _show()


def _watch_soon() -> None:
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    bpy.app.timers.register(_look, first_interval=_SECONDS, persistent=True)


def _look() -> float:
    reader().look()
    _show()
    return _SECONDS if _lived else _IDLE_SECONDS


def _show() -> None:
    """Show what has been read by now, and do what follows from bakes that have ended since."""
    global _drawn
    bakes = reader().bakes()
    _forget_what_was_done(bakes)
    asked = {output: what for output, (what, _) in _asked.items()}
    bake_standing.show_list(bakes, asked)
    own = next((known for known in bakes if known.output == standing().output), None)
    if own is not None and own.view.text:
        bake_standing.show(own.view)
    for known in bakes:
        if known.view.status.live:
            _lived.add(known.output)
        elif known.output in _lived:
            _lived.discard(known.output)
            _end(known)
    if _drawn != (bakes, asked):
        _drawn = (bakes, asked)
        redraw_panels()


def _end(known: Known) -> None:
    try:
        finished(Path(known.output), known.view)
    except UserError as error:
        bake_standing.show(BakeView(BakeStatus.FAILED, str(error)))


def _forget_what_was_done(bakes: list[Known]) -> None:
    live = {known.output for known in bakes if known.view.status.live}
    for output, (_, since) in list(_asked.items()):
        if output not in live or time.monotonic() - since > _ASKED_SECONDS:
            del _asked[output]
    _lived.intersection_update({known.output for known in bakes})


@persistent
def _after_load(*_: object) -> None:
    find_again(bpy.context.scene)


def register() -> None:
    """Make the standing known, and find bakes again when Blender starts and when a .blend opens."""
    bake_standing.register()
    bpy.app.handlers.load_post.append(_after_load)
    if not bpy.app.background:
        _watch_soon()


def unregister() -> None:
    """Undo `register`; bakes go on."""
    global _reader, _drawn
    _reader = _drawn = None
    _asked.clear()
    _lived.clear()
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    if _after_load in bpy.app.handlers.load_post:
        bpy.app.handlers.load_post.remove(_after_load)
    bake_standing.unregister()
