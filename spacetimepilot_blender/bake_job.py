"""A bake as Blender sees it: a process of its own that goes on without Blender and can be found again."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..bake.contract.bake_folder import BakeStatus, ask_to_stop, read_bake
from ..bake.contract.messages import Done, Failed, Message, Preset, Progress, Stopped, decode
from .preferences import device
from .worker_process import last_line, start_worker

_LOOK_SECONDS = 0.25
_START = "The bake starts"


@dataclass(frozen=True)
class BakeOrder:
    """What shall be baked.

    `minutes` 0 leaves the time to the preset; `hold_out` keeps every Nth frame from the bake; `sensor` finds how each
    frame was exposed; `robust` how noisy each is and which are faulty; `resume` goes on from a checkpoint.
    """

    footage: Path
    output: Path
    preset: Preset
    minutes: float = 0.0
    seed: int = 0
    hold_out: int = 0
    sensor: bool = False
    robust: bool = False
    resume: bool = False

    def words(self) -> list[str]:
        """The worker's command line."""
        words = ["bake", str(self.footage), "-o", str(self.output), "--preset", self.preset.value]
        words += ["--seed", str(self.seed), "--device", device(), "--json"]
        if self.hold_out > 0:
            words += ["--hold-out", str(self.hold_out)]
        if self.sensor:
            words.append("--sensor")
        if self.robust:
            words.append("--robust")
        if self.minutes > 0:
            words += ["--minutes", f"{self.minutes:g}"]
        return [*words, "--resume"] if self.resume else words


@dataclass(frozen=True)
class BakeView:
    """How a bake stands. `progress` is the latest one, `text` a sentence for people."""

    status: BakeStatus
    text: str
    progress: Progress | None = None
    metrics: dict[str, float] | None = None


class BakeJob:
    """A running bake, or one that was found running.

    Raises
    ------
    UserError
        If the worker cannot be started.
    """

    def __init__(self, order: BakeOrder | None, output: Path) -> None:
        self.output = output
        self._process = None
        if order is not None:
            # Files without a name: nothing to tidy up, and the bake can go on writing when Blender has ended.
            self._said, self._complained = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
            self._process = start_worker(order.words(), output=self._said, errors=self._complained, outlives=True)

    @classmethod
    def start(cls, order: BakeOrder) -> BakeJob:
        """Start a bake."""
        return cls(order, order.output)

    @classmethod
    def find(cls, output: Path) -> BakeJob | None:
        """The bake of `output` that runs already, if there is one."""
        record = read_bake(output)
        return cls(None, output) if record is not None and record.status is BakeStatus.RUNNING else None

    def look(self) -> BakeView:
        """How it stands now; cheap enough to ask four times a second."""
        if self._process is not None:
            code = self._process.poll()
            if code is not None:
                return self._ended(code)
        record = read_bake(self.output)
        if self._process is not None and (record is None or record.process != self._process.pid):
            return BakeView(BakeStatus.RUNNING, _START)
        if record is None:
            return BakeView(BakeStatus.KILLED, "The bake's state has been removed.")
        return _view(record.status, record.message)

    def cancel(self) -> None:
        """Ask it to stop; its last good state is kept.

        Raises
        ------
        UserError
            If the request cannot be written.
        """
        ask_to_stop(self.output)

    def wait(self, tell: Callable[[BakeView], None]) -> BakeView:
        """Wait for its end, telling how it stands; Ctrl+C cancels it."""
        asked = False
        while True:
            try:
                view = self.look()
                if view.status is not BakeStatus.RUNNING:
                    return view
                tell(view)
                time.sleep(_LOOK_SECONDS)
            except KeyboardInterrupt:
                if asked:
                    raise
                asked = True
                self.cancel()

    def _ended(self, code: int) -> BakeView:
        message = _last_message(self._said)
        if isinstance(message, Done | Failed | Stopped):
            status = {Done: BakeStatus.DONE, Failed: BakeStatus.FAILED}.get(type(message), BakeStatus.STOPPED)
            return _view(status, message)
        if code < 0:
            return BakeView(BakeStatus.KILLED, f"The bake was killed (signal {-code}). {_GO_ON}")
        said = last_line(self._complained)
        return BakeView(BakeStatus.FAILED, f"The worker ended (exit code {code}). {said} Run Doctor to see why.")


_GO_ON = "Resume goes on from its last checkpoint."


def find_result(output: Path) -> BakeView | None:
    """How the last bake of `output` stands, whoever started it; None if there is nothing to know."""
    record = read_bake(output)
    return None if record is None else _view(record.status, record.message)


def time_left(seconds: float) -> str:
    """Minutes and seconds for people."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _view(status: BakeStatus, message: Message | None) -> BakeView:
    if status is BakeStatus.KILLED:
        return BakeView(status, f"The bake ended without a word: it was killed. {_GO_ON}")
    if isinstance(message, Progress):
        return BakeView(status, _progress_text(message), progress=message)
    if isinstance(message, Done):
        return BakeView(status, _done_text(message), metrics=message.metrics)
    if isinstance(message, Failed):
        return BakeView(status, f"{message.message} {message.hint}".strip())
    if isinstance(message, Stopped):
        return BakeView(status, message.message or "Stopped.")
    return BakeView(status, _START)


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
    parts = ["Baked"]
    if "psnr" in done.metrics:
        parts.append(f"{done.metrics['psnr']:.1f} dB on held-out rays")
    if "seconds" in done.metrics:
        parts.append(f"in {time_left(done.metrics['seconds'])}")
    return ", ".join(parts)


def _last_message(stream: IO[bytes]) -> Message | None:
    with suppress(ValueError, json.JSONDecodeError):
        return decode(last_line(stream))
    return None
