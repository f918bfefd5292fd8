"""The serving worker's waiting room: newest request first, replaced and cancelled ones answered at once.

Previews are for somebody who looks on: what was asked for later is what they want to see now.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..contract.messages import CancelRequest, Message, Request, Stopped
from .kinds import KINDS


class Requests:
    """Requests that wait, and the one that runs. Any thread may call; `answer` is called by whichever thread stops one.

    Parameters
    ----------
    answer : callable
        Sends a message.
    """

    def __init__(self, answer: Callable[[Message], None]) -> None:
        self._answer = answer
        self._changed = threading.Condition()
        self._waiting: list[Request] = []
        self._running: Request | None = None
        self._running_cancelled = False

    def add(self, request: Request) -> None:
        """Let a request wait; it replaces those of its channel that wait already, and stops a preview that runs."""
        with self._changed:
            if self._running is not None and KINDS[type(self._running)].gives_way:
                self._running_cancelled = True
            replaced = [other for other in self._waiting if request.channel and other.channel == request.channel]
            self._waiting = [other for other in self._waiting if other not in replaced] + [request]
            self._changed.notify()
        for other in replaced:
            self._answer(Stopped("Replaced by a newer request.", id=other.id))

    def cancel(self, cancel: CancelRequest) -> None:
        """Drop a waiting request, or ask the running one to stop; one that is unknown or answered is left alone."""
        with self._changed:
            dropped = [other for other in self._waiting if other.id == cancel.id]
            self._waiting = [other for other in self._waiting if other.id != cancel.id]
            if self._running is not None and self._running.id == cancel.id:
                self._running_cancelled = True
        for other in dropped:
            self._answer(Stopped("Cancelled.", id=other.id))

    def take(self) -> Request:
        """Wait for a request and return the newest; it counts as running until the next call."""
        with self._changed:
            self._running = None
            while not self._waiting:
                self._changed.wait()
            request = self._waiting.pop()
            self._running, self._running_cancelled = request, False
            return request

    def running_cancelled(self) -> bool:
        """Whether the request that runs was cancelled or, a preview, overtaken."""
        return self._running_cancelled
