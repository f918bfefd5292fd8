"""Gets previews from the worker, one at a time, without anybody waiting for it."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from ...bake.contract.errors import Cancelled, UserError
from ..worker.worker_client import worker
from .previews import Preview, PreviewRequest


@dataclass(frozen=True)
class Fetched:
    """How a request ended: with a preview or, where that is None, a sentence that says why not."""

    request: PreviewRequest
    preview: Preview | None
    seconds: float
    failure: str = ""


class Fetcher:
    """A thread that asks the worker. All methods are for the main thread, and none waits."""

    def __init__(self) -> None:
        self._wanted: queue.Queue[PreviewRequest | None] = queue.Queue()
        self._done: queue.Queue[Fetched] = queue.Queue()
        self._came: list[Fetched] = []
        self._running: PreviewRequest | None = None
        self._began = 0.0
        self._overtaken = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> PreviewRequest | None:
        """What is being fetched."""
        return self._running

    @property
    def seconds(self) -> float:
        """For how long it has been fetched; 0 if nothing is."""
        return 0.0 if self._running is None else time.monotonic() - self._began

    def fetch(self, request: PreviewRequest) -> None:
        """Fetch something next; what is being fetched is dropped."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="spacetimepilot previews", daemon=True)
            self._thread.start()
        if self._running is None:
            self._running, self._began = request, time.monotonic()
            self._overtaken.clear()
            self._wanted.put(request)
        elif self._running != request:
            self._overtaken.set()

    def hurry(self, request: PreviewRequest, seconds: float) -> None:
        """Fetch something at once and wait for it, but no longer than so many seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.fetch(request)
            try:
                fetched = self._done.get(timeout=left)
            except queue.Empty:
                return
            self._running = None
            self._came.append(fetched)
            if fetched.request == request:
                return

    def drop(self) -> None:
        """Fetch nothing any more."""
        if self._running is not None:
            self._overtaken.set()

    def finished(self) -> list[Fetched]:
        """What has come since the last call; what was dropped does not come."""
        with suppress(queue.Empty):
            while True:
                self._came.append(self._done.get_nowait())
                self._running = None
        found = [fetched for fetched in self._came if fetched.preview is not None or fetched.failure]
        self._came.clear()
        return found

    def end(self) -> None:
        """Let the thread go, as soon as the worker lets go of it."""
        self._overtaken.set()
        self._wanted.put(None)
        self._thread = None

    def _work(self) -> None:
        while (request := self._wanted.get()) is not None:
            began = time.monotonic()
            preview, failure = None, ""
            try:
                preview = worker().make_preview(request, self._overtaken.is_set)
            except Cancelled:
                pass
            except UserError as error:
                failure = str(error)
            except Exception as error:
                failure = f"Something unforeseen went wrong with a preview: {error!r}. Please report it."
            self._done.put(Fetched(request, preview, time.monotonic() - began, failure))
