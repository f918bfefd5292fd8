"""What the worker says: messages for machines, lines for people, and nothing else on standard output."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, TextIO

from ..contract.errors import UserError

if TYPE_CHECKING:
    from ..contract.messages import Message, Progress, Queued

_PLAIN_INTERVAL = 10.0


class Console:
    """The process's standard output.

    Made once, at the start; from then on stray prints of libraries, also of those written in C, go to standard error.
    A reader that goes away does not stop the work: a bake outlives the Blender that started it.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._lock = threading.Lock()
        self._stream = _own_stdout()
        self._live = not as_json and self._stream.isatty()
        self._open_line = False
        self._last_plain = 0.0

    def message(self, message: Message) -> None:
        """A message as one JSON line, or in a person's words. Any thread may call."""
        from ..contract.messages import Done, Failed, Paused, Progress, Queued, Stopped, encode

        if self.as_json:
            self._write(encode(message) + "\n")
        elif isinstance(message, Progress):
            self._progress(message)
        elif isinstance(message, Failed):
            self.complain(f"{message.message} {message.hint}".strip())
        elif isinstance(message, Stopped | Paused):
            self.say(message.message or "Stopped.")
        elif isinstance(message, Queued):
            self.say(queued_line(message))
        elif isinstance(message, Done):
            figures = ", ".join(f"{key} {value:.6g}" for key, value in message.metrics.items())
            self.say(f"Done: {message.path}" + (f" ({figures})" if figures else ""))

    def say(self, text: str) -> None:
        """Lines for people; nothing with --json."""
        if not self.as_json:
            self._write(self._line_end() + text + "\n")

    def result(self, document: dict[str, Any], text: str) -> None:
        """What a command has found: one JSON object a line, or its rendering for people."""
        self._write(json.dumps(document, allow_nan=False) + "\n" if self.as_json else self._line_end() + text + "\n")

    def complain(self, text: str) -> None:
        """Lines for people on standard error."""
        self._write(self._line_end())
        print(text, file=sys.stderr, flush=True)

    def failed(self, error: UserError) -> None:
        """Tell of an error, in the form that was asked for."""
        if self.as_json:
            from ..contract.messages import Failed

            self.message(Failed(error.sentence.strip(), error.hint))
        else:
            self.complain(str(error))

    def _progress(self, progress: Progress) -> None:
        text = progress_line(progress)
        if self._live:
            self._write("\r\x1b[K" + text)
            self._open_line = True
        elif time.monotonic() - self._last_plain >= _PLAIN_INTERVAL:
            self._last_plain = time.monotonic()
            self._write(text + "\n")

    def _line_end(self) -> str:
        end = "\n" if self._open_line else ""
        self._open_line = False
        return end

    def _write(self, text: str) -> None:
        if not text:
            return
        try:
            with self._lock:
                self._stream.write(text)
                self._stream.flush()
        except (OSError, ValueError):
            self._live = False


def progress_line(progress: Progress) -> str:
    """One line about a bake or a render; the form is stable, because farms read it."""
    parts = [f"{progress.phase:<10} {progress.fraction * 100:3.0f}%"]
    if progress.steps:
        parts.append(f"step {progress.step}/{progress.steps}")
    if progress.psnr == progress.psnr:
        parts.append(f"psnr {progress.psnr:.2f} dB")
    if progress.loss == progress.loss:
        parts.append(f"loss {progress.loss:.5f}")
    if progress.rays_per_second > 0:
        parts.append(f"{progress.rays_per_second:,.0f} rays/s")
    if progress.seconds_left > 0:
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        parts.append(f"{minutes}:{seconds:02d} left")
    return "  ".join(parts)


def queued_line(queued: Queued) -> str:
    """One line about a bake that waits."""
    bakes = "1 bake" if queued.ahead == 1 else f"{queued.ahead} bakes"
    return f"queued      {bakes} before this one" + (f", the last of them {queued.behind}" if queued.behind else "")


def _own_stdout() -> TextIO:
    """Standard output for this class alone; what else is written to it goes to standard error."""
    try:
        sys.stdout.flush()
        descriptor = os.dup(sys.stdout.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return sys.stdout
    sys.stdout = sys.stderr
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n")
