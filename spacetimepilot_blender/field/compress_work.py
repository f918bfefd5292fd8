"""Compressing a field, as Blender sees it: a process of the worker's that ends with Blender."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ...bake.contract.errors import UserError
from ...bake.contract.messages import Done, Failed, Message, Progress, decode
from ..preferences import device
from ..work import Work
from ..worker.worker_process import last_line, start_worker

_LOOK_SECONDS = 0.25


class CompressWork(Work):
    """A field file that is being compressed.

    Parameters
    ----------
    source, output : Path
        Field files.
    prune : float
        Share of hidden units to remove.
    minutes : float
        Time to learn afterwards.
    footage : Path or None
        To learn from; None for the field itself.

    Attributes
    ----------
    total, made : int
        Hundredths.
    phase : str
        What it is about.
    failure : UserError or None
        What went wrong.

    Raises
    ------
    UserError
        If it cannot be started.
    """

    def __init__(self, source: Path, output: Path, prune: float, minutes: float, footage: Path | None) -> None:
        self.source, self.output = source, output
        super().__init__(total=100)
        self.phase = "reading"
        words = ["compress", str(source), "-o", str(output), "--prune", f"{prune:g}", "--minutes", f"{minutes:g}"]
        words += ["--device", device(), "--tied", "--json"]
        words += [] if footage is None else ["--footage", str(footage)]
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = start_worker(words, output=self._said, commanded=True, gives_way=True)

    @property
    def running(self) -> bool:
        """Whether it still works; asking keeps `made`, `phase` and `failure` up to date."""
        code = self._process.poll()
        message = self._message()
        if code is None:
            if isinstance(message, Progress):
                self.phase = message.phase
                self.made = max(self.made, round(100 * _done(message)))
            return True
        if not isinstance(message, Done) and self.failure is None:
            self.failure = _failure(message, code)
        return False

    def start(self) -> None:
        """Nothing: the process is running already."""

    def stop(self) -> None:
        """Have it stop; what was there before stays."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def make_all(self) -> Iterator[int]:
        """Wait for the end, telling how far it is.

        Raises
        ------
        UserError
            If it fails.
        """
        told = -10
        try:
            while self.running:
                if self.made >= told + 10:
                    told = self.made
                    yield told
                time.sleep(_LOOK_SECONDS)
        finally:
            self.stop()
        if self.failure is not None:
            raise self.failure

    def _message(self) -> Message | None:
        with suppress(ValueError):
            return decode(last_line(self._said))
        return None


def smaller_file(path: Path) -> Path:
    """Where the smaller one of a field file goes: SHOT.small.stp beside SHOT.stp."""
    return path.with_name(f"{path.stem}.small{path.suffix}")


_SHARES = {"reading": (0.0, 0.02), "pruning": (0.02, 0.05), "looking": (0.05, 0.3), "learning": (0.3, 0.9)}


def _done(progress: Progress) -> float:
    first, last = _SHARES.get(progress.phase, (0.9, 1.0))
    return first + (last - first) * progress.fraction


def _failure(message: Message | None, code: int) -> UserError:
    if isinstance(message, Failed):
        return UserError(message.message, message.hint)
    return UserError(f"Compressing ended before its time (exit code {code}).", "Run Doctor to see why.")
