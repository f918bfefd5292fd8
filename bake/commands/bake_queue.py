"""The queue of bakes on this machine: who computes, who waits, and who comes next.

Nobody runs the queue. Every bake of this user puts a ticket into a folder, named by the time it came, and holds a lock
on it as long as it lives, so that the system itself takes a dead bake out of the queue. A bake that waits looks who is
before it; one that does not wait only lets the others see that it computes.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from ..contract.bake_folder import take_lock
from ..contract.errors import UserError
from ..contract.files import written_aside
from ..contract.messages import Queued
from ..contract.own_folder import VARIABLE, own_folder

_TICKET, _LOCK = ".ticket", ".lock"


@dataclass(frozen=True)
class Ticket:
    """`device` is what the bake computes on, "" while it does not know yet; `computes` whether its turn has come."""

    name: str
    output: str
    device: str
    computes: bool


class Place:
    """A bake's place in the queue; a context manager.

    Parameters
    ----------
    waits : bool
        Whether it waits for its turn; others wait for a bake that does not, too.

    Raises
    ------
    UserError
        On entering and by `begin`, if it shall wait and the queue's folder cannot be used.
    """

    def __init__(self, output: Path, waits: bool) -> None:
        self._folder = own_folder() / "queue"
        name = f"{time.time_ns():020d}-{os.getpid()}"
        self._mine = Ticket(name, str(output), "", not waits)
        self._waits = waits
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> Place:
        with self._needed_to_wait():
            self._folder.mkdir(parents=True, exist_ok=True)
            # Locked before the ticket can be seen: nobody meets a ticket that lives and has no lock.
            self._lock = self._path(self._mine, _LOCK).open("ab")
            take_lock(self._lock)
            self._write()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.close()
            self._remove(self._mine)

    def settle(self, device: str) -> None:
        """Say what this bake computes on; bakes wait only for those on the same device."""
        # Cards that a shell or a farm sets apart have queues of their own.
        cards = os.environ.get("CUDA_VISIBLE_DEVICES", "") if device == "cuda" else ""
        self._change(device=f"{device} {cards}".strip())

    def begin(self) -> Queued | None:
        """Compute, if it is this bake's turn: None. Otherwise for whom it waits."""
        if self._mine.computes:
            return None
        with self._needed_to_wait(), (self._folder / "turn.lock").open("ab") as turn:
            before = self._before()
            if not before and take_lock(turn):
                # Whoever held the turn a moment ago may compute now.
                before = self._before()
                if not before:
                    self._change(computes=True)
                    return None
        return Queued(max(len(before), 1), before[-1].output if before else "")

    def _before(self) -> list[Ticket]:
        """Living bakes on this device that compute or have come earlier; those that compute first, then by time."""
        devices = {"", self._mine.device}
        found = [
            other
            for other in self._others()
            if other.device in devices and (other.computes or other.name < self._mine.name)
        ]
        return sorted(found, key=lambda other: (not other.computes, other.name))

    def _others(self) -> Iterator[Ticket]:
        for path in self._folder.glob(f"*{_TICKET}"):
            try:
                ticket = Ticket(**json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError):
                continue  # It ended while we looked.
            if ticket.name != path.stem or ticket.name == self._mine.name:
                continue  # One that is being written, or our own.
            if self._lives(ticket):
                yield ticket
            else:
                self._remove(ticket)

    def _lives(self, ticket: Ticket) -> bool:
        try:
            with self._path(ticket, _LOCK).open("r+b") as stream:
                return not take_lock(stream)
        except FileNotFoundError:
            return False

    def _change(self, **changes: object) -> None:
        self._mine = Ticket(**{**asdict(self._mine), **changes})  # type: ignore[arg-type]
        if self._lock is not None:
            with self._needed_to_wait():
                self._write()

    def _write(self) -> None:
        with written_aside(self._path(self._mine, _TICKET)) as aside:
            aside.write_text(json.dumps(asdict(self._mine)), encoding="utf-8")

    def _remove(self, ticket: Ticket) -> None:
        for suffix in (_TICKET, _LOCK):
            with suppress(OSError):
                self._path(ticket, suffix).unlink(missing_ok=True)

    def _path(self, ticket: Ticket, suffix: str) -> Path:
        return self._folder / f"{ticket.name}{suffix}"

    @contextmanager
    def _needed_to_wait(self) -> Iterator[None]:
        """What fails here only matters to a bake that wants to wait."""
        try:
            yield
        except (OSError, UserError) as error:
            told = getattr(error, "strerror", None) or error
            if self._waits:
                raise UserError(
                    f"The queue in {self._folder} cannot be used: {told}.",
                    f"Bake without the queue, or name a folder on a local disk in {VARIABLE}.",
                ) from error
            logging.getLogger(__name__).info("queued bakes do not see this one: %s", told)
