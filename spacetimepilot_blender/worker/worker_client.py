"""The one serving worker beside this Blender: started when first needed, asked for pictures, ended with Blender."""

from __future__ import annotations

import atexit
import itertools
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import bpy

from ...bake.contract.errors import Cancelled, UserError
from ...bake.contract.leftovers import clear_leftovers, mark
from ...bake.contract.messages import (
    PROTOCOL,
    CancelRequest,
    Done,
    Failed,
    Hello,
    Message,
    PictureRequest,
    Progress,
    Request,
    Stopped,
    SurfelsRequest,
    decode,
    encode,
)
from ...bake.contract.preview_file import SUFFIX, PreviewPicture, Surfels, take_preview
from ..preferences import device
from .worker_process import last_words, start_worker

_SCRATCH = "spacetimepilot"
_SILENT_SECONDS = 300.0
"""A worker that makes a plate tells of its progress all the time, but for loading a field and compiling kernels."""
_CHECK_SECONDS = 0.5
_STOP_SECONDS = 0.01
"""How soon somebody who may want something else is listened to."""


class WorkerClient:
    """A serving worker process. Any thread may ask; answers find the thread that asked."""

    def __init__(self) -> None:
        clear_leftovers(Path(tempfile.gettempdir()), f"{_SCRATCH}.*")
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{mark()}"))
        self._log = self._folder / "worker.log"
        words = ["serve", "--device", device(), "--scratch", str(self._folder)]
        with self._log.open("wb") as errors:
            self._process = start_worker(
                words,
                output=subprocess.PIPE,
                errors=errors,
                commanded=True,
                # On a farm nobody looks at a window, and the frame is all that is waited for.
                gives_way=not bpy.app.background,
            )
        self._ids, self._files = itertools.count(1), itertools.count(1)
        self._answers: dict[int, queue.Queue[Message]] = {0: queue.Queue()}
        self._lock = threading.Lock()
        self._heard = time.monotonic()
        threading.Thread(target=self._read, name="spacetimepilot worker", daemon=True).start()
        self.hello = self._greeting()

    @property
    def folder(self) -> Path:
        """For files that only this worker needs; it goes when the worker goes."""
        return self._folder

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def make(self, request: Request, should_stop: Callable[[], bool] | None = None) -> None:
        """Have a plate or preview made at the request's path, and wait for it.

        Raises
        ------
        UserError
            If it cannot be made, or the worker ends.
        Cancelled
            If `should_stop`, which is asked all the time, says so, or the worker was given something better to do.
        """
        number = next(self._ids)
        answers: queue.Queue[Message] = queue.Queue()
        with self._lock:
            self._answers[number] = answers
        try:
            self._send(replace(request, id=number))
            answer = self._wait(answers, should_stop)
        except BaseException:
            with suppress(UserError):
                self._send(CancelRequest(number))
            if not self.alive:
                clear_leftovers(Path(request.path).parent)
            raise
        finally:
            with self._lock:
                self._answers.pop(number, None)
        if isinstance(answer, Failed):
            raise UserError(answer.message, answer.hint)
        if not isinstance(answer, Done):
            raise Cancelled

    def make_preview(
        self, request: PictureRequest | SurfelsRequest, should_stop: Callable[[], bool]
    ) -> PreviewPicture | Surfels:
        """Have a preview made and read it; the request's path does not matter. Raises as `make`."""
        request = replace(request, path=str(self._folder / f"{next(self._files)}{SUFFIX}"))
        try:
            self.make(request, should_stop)
            return take_preview(Path(request.path))
        except ValueError as error:
            raise UserError(f"The worker's preview cannot be read: {error}.", "Run Doctor to see why.") from error

    def close(self) -> None:
        """End the worker: it ends when its input does; one that hangs is killed."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _greeting(self) -> Hello:
        try:
            answer = self._wait(self._answers[0], _unwanted.is_set)
        except (UserError, Cancelled):
            # Still busy starting, it would not notice that its input ends.
            self._process.kill()
            self.close()
            raise
        if isinstance(answer, Failed):
            self.close()
            raise UserError(answer.message, answer.hint)
        if not isinstance(answer, Hello) or answer.protocol != PROTOCOL:
            self.close()
            raise UserError(
                f"The worker speaks another version than this extension (protocol {PROTOCOL}).",
                "Install the extension again.",
            )
        return answer

    def _wait(self, answers: queue.Queue[Message], should_stop: Callable[[], bool] | None = None) -> Message:
        self._heard = time.monotonic()
        while time.monotonic() - self._heard < _SILENT_SECONDS:
            if should_stop is not None and should_stop():
                raise Cancelled
            try:
                return answers.get(timeout=_CHECK_SECONDS if should_stop is None else _STOP_SECONDS)
            except queue.Empty:
                if not self.alive and answers.empty():
                    raise UserError(*self._obituary()) from None
        self._process.kill()
        raise UserError(f"The worker has said nothing for {_SILENT_SECONDS:g} seconds.", "Run Doctor to see why.")

    def _obituary(self) -> tuple[str, str]:
        code = self._process.returncode
        said = last_words(self._log)
        ended = f"was killed (signal {-code})" if code < 0 else f"ended (exit code {code})"
        return f"The worker {ended}." + (f" Its last words: {said}" if said else ""), "Run Doctor to see why."

    def _send(self, message: Message) -> None:
        assert self._process.stdin is not None
        try:
            with self._lock:
                self._process.stdin.write(encode(message).encode() + b"\n")
                self._process.stdin.flush()
        except (OSError, ValueError) as error:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)
            raise UserError(*self._obituary() if not self.alive else ("The worker does not listen.", "")) from error

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                message = decode(line.decode("utf-8", errors="replace"))
            except ValueError:
                message = Failed("The worker said something that is no message.", "Install the extension again.")
            self._heard = time.monotonic()
            if not isinstance(message, Progress):
                self._deliver(message)

    def _deliver(self, message: Message) -> None:
        number = message.id if isinstance(message, Done | Failed | Stopped) else 0
        with self._lock:
            answers = self._answers.get(number)
        if answers is not None:
            answers.put(message)


_client: WorkerClient | None = None
_starting = threading.Lock()
_unwanted = threading.Event()
"""Set while somebody waits for a worker to end that may only just be starting."""


def worker() -> WorkerClient:
    """The serving worker, started if it does not run.

    Raises
    ------
    UserError
        If it cannot be started.
    Cancelled
        If the worker is ended while it starts.
    """
    global _client
    with _starting:
        if _client is None or not _client.alive:
            _close()
            _client = WorkerClient()
        return _client


def stop_worker() -> None:
    """End the serving worker, if it runs; the next request starts another."""
    _unwanted.set()
    with _starting:
        _unwanted.clear()
        _close()


def _close() -> None:
    global _client
    if _client is not None:
        _client.close()
        _client = None


def register() -> None:
    """See to it that the worker ends with Blender."""
    atexit.register(stop_worker)


def unregister() -> None:
    """End the worker."""
    atexit.unregister(stop_worker)
    stop_worker()
