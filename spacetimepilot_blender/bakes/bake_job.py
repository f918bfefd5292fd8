"""A bake as Blender sees it: a process of its own that goes on without Blender and can be found again."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ...bake.contract.adaptation import LeftBounds
from ...bake.contract.bake_command import bake_words
from ...bake.contract.bake_folder import BakeRecord, BakeStatus, ask_to_pause, ask_to_stop, read_bake, state_folder
from ...bake.contract.bake_list import Listed
from ...bake.contract.messages import Done, Failed, Message, Paused, Progress, Queued, Stopped, decode
from ..worker.worker_process import last_line, start_worker

_LOOK_SECONDS = 0.25
_START = "The bake starts"


@dataclass(frozen=True)
class BakeOrder:
    """What shall be baked.

    `settings` are those of the worker's command line (`contract.bake_command`); `resume` goes on from a checkpoint,
    `queue` lets other bakes end first; `blend` is the .blend that asks for it, "" if it has no file.
    """

    footage: Path
    output: Path
    settings: Mapping[str, Any]
    resume: bool = False
    queue: bool = False
    blend: str = ""

    def words(self) -> list[str]:
        """The worker's command line."""
        words = bake_words(
            str(self.footage), str(self.output), self.settings, resume=self.resume, queue=self.queue, blend=self.blend
        )
        return [*words, "--json"]

    def entry(self) -> Listed:
        """How it stands on the list of bakes, if it begins now."""
        started = datetime.now(UTC).isoformat(timespec="milliseconds")
        return Listed(str(self.output), str(self.footage), self.settings, self.blend, started)


@dataclass(frozen=True)
class BakeView:
    """How a bake stands. `progress` is the latest one, also of a bake that has ended; `text` a sentence for people.

    `warning` is another one, of what has been lost though the bake is done; "" for nothing.
    """

    status: BakeStatus
    text: str
    progress: Progress | None = None
    metrics: dict[str, float] | None = None
    warning: str = ""


class BakeJob:
    """A running bake, or one that was found running.

    Raises
    ------
    UserError
        If the worker cannot be started.
    """

    def __init__(self, order: BakeOrder) -> None:
        self.output, self.entry, self._written = order.output, order.entry(), False
        # Files without a name: nothing to tidy up, and the bake can go on writing when Blender has ended.
        self._said, self._complained = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        self._process = start_worker(order.words(), output=self._said, errors=self._complained, outlives=True)

    @classmethod
    def start(cls, order: BakeOrder) -> BakeJob:
        """Start a bake."""
        return cls(order)

    def look(self) -> BakeView:
        """How it stands now; cheap enough to ask four times a second. Any thread may ask, one at a time."""
        record, code = read_bake(self.output), self._process.poll()
        self._written |= record is not None and record.process == self._process.pid
        if code is not None:
            return self._ended(code, record)
        if record is None or record.process != self._process.pid:
            return BakeView(BakeStatus.RUNNING, _START)
        return view_of(record)

    def is_history(self) -> bool:
        """Whether it has ended and its state folder tells all there is to know, of it or of a bake after it."""
        if self._process.poll() is None:
            return False
        record = read_bake(self.output)
        if record is None:
            return self._written
        if record.process == self._process.pid:
            return record.status is not BakeStatus.KILLED
        return record.status.live

    def cancel(self) -> None:
        """Ask it to stop; its last good state is kept.

        Raises
        ------
        UserError
            If the request cannot be written.
        """
        ask_to_stop(self.output)

    def pause(self) -> None:
        """Ask it to rest; raises as `cancel` does."""
        ask_to_pause(self.output)

    def wait(self, tell: Callable[[BakeView], None]) -> BakeView:
        """Wait for its end, telling how it stands; Ctrl+C cancels it."""
        asked = False
        while True:
            try:
                view = self.look()
                if not view.status.live:
                    return view
                tell(view)
                time.sleep(_LOOK_SECONDS)
            except KeyboardInterrupt:
                if asked:
                    raise
                asked = True
                self.cancel()

    def _ended(self, code: int, record: BakeRecord | None) -> BakeView:
        progress = record.progress if record is not None and record.process == self._process.pid else None
        message = _last_message(self._said)
        if isinstance(message, Done | Failed | Stopped | Paused):
            return _view(_STATUS[type(message)], message, progress)
        if code < 0:
            return BakeView(BakeStatus.KILLED, f"The bake was killed (signal {-code}). {_GO_ON}", progress)
        said = last_line(self._complained)
        return BakeView(BakeStatus.FAILED, f"The worker ended (exit code {code}). {said} Run Doctor to see why.")


_NOTHING_LEFT = "Stopped before its end; nothing was written, and the old field is as it was. Retry begins again."
_GO_ON = "Resume goes on from its last checkpoint."


_STATUS = {
    Done: BakeStatus.DONE,
    Failed: BakeStatus.FAILED,
    Stopped: BakeStatus.STOPPED,
    Paused: BakeStatus.PAUSED,
}


def find_result(output: Path) -> BakeView:
    """How the last bake of `output` stands, whoever started it."""
    record = read_bake(output)
    if record is not None:
        return view_of(record)
    where = state_folder(output)
    return BakeView(
        BakeStatus.LOST,
        f"There is no {where}: it was deleted or moved, or its disk is not there. Retry bakes it again.",
    )


def view_of(record: BakeRecord) -> BakeView:
    """What a bake's record says, in words."""
    view = _view(record.status, record.message, record.progress)
    ended = view.status in (BakeStatus.STOPPED, BakeStatus.KILLED)
    # What adapts a field keeps nothing to go on from.
    return replace(view, text=_NOTHING_LEFT) if ended and record.settings.get("adapt") else view


def time_left(seconds: float) -> str:
    """Minutes and seconds for people."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _view(status: BakeStatus, message: Message | None, progress: Progress | None) -> BakeView:
    if status is BakeStatus.KILLED:
        waited = isinstance(message, Queued)
        how = "while it waited in the queue" if waited else "without a word"
        return BakeView(status, f"The bake ended {how}: it was killed. {_GO_ON}", progress)
    at = f" at {progress.fraction * 100:.0f} %" if progress is not None and progress.step else ""
    if status is BakeStatus.PAUSED:
        return BakeView(status, f"Paused{at}; Resume goes on from there.", progress)
    if status is BakeStatus.STOPPED:
        return BakeView(status, f"Cancelled{at}; the last good state is kept, Resume goes on from it.", progress)
    if isinstance(message, Progress):
        return BakeView(status, _progress_text(message), message)
    if isinstance(message, Done):
        left = LeftBounds.of_metrics(message.metrics)
        warning = "" if left is None else left.sentence()
        return BakeView(status, _done_text(message), progress, message.metrics, warning)
    if isinstance(message, Failed):
        return BakeView(status, f"{message.message} {message.hint}".strip(), progress)
    if isinstance(message, Queued):
        return BakeView(status, _queued_text(message), progress)
    return BakeView(status, _START)


def _queued_text(queued: Queued) -> str:
    behind = f": {Path(queued.behind).name}" if queued.behind else ""
    return f"Waits for 1 bake{behind}" if queued.ahead == 1 else f"Waits for {queued.ahead} bakes, last{behind}"


def _progress_text(progress: Progress) -> str:
    parts = [progress.phase.capitalize()]
    if progress.steps:
        parts.append(f"step {progress.step} of {progress.steps}")
    if progress.psnr == progress.psnr:
        parts.append(f"{progress.psnr:.1f} dB")
    if progress.seconds_left > 0:
        parts.append(f"{time_left(progress.seconds_left)} left")
    return ", ".join(parts)


def _done_text(done: Done) -> str:
    if "before" in done.metrics:
        return _adapted_text(done.metrics)
    parts = ["Baked"]
    if "psnr" in done.metrics:
        parts.append(f"{done.metrics['psnr']:.1f} dB on held-out rays")
    if "seconds" in done.metrics:
        parts.append(f"in {time_left(done.metrics['seconds'])}")
    return ", ".join(parts)


def _adapted_text(metrics: Mapping[str, float]) -> str:
    dropped = f" and {metrics['dropped']:.0f} dropped" if metrics.get("dropped") else ""
    return (
        f"Adapted to {metrics['instants']:.0f} instants{dropped}: from {metrics['before']:.1f} to "
        f"{metrics['after']:.1f} dB on held-out rays, {metrics['step_ms']:.0f} ms a step"
    )


def _last_message(stream: IO[bytes]) -> Message | None:
    with suppress(ValueError, json.JSONDecodeError):
        return decode(last_line(stream))
    return None
