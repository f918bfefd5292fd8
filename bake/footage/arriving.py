"""Footage that arrives while somebody works on it: recorded, at a rate, or as files that appear; what waits of it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from ..contract.colour_spaces import Recorded
from ..contract.errors import UserError
from . import transforms
from .capture import Capture, Entry, Purpose
from .captured import examine_capture
from .colour import settled
from .going_on import FieldEnd, Instant, check_gap, check_kind, instants_after
from .problems import Findings, FootageError, Problem


class Source(Protocol):
    """Where instants come from."""

    def look(self) -> Sequence[Instant]:
        """What has arrived since the last look, in order; raises a UserError if it cannot be used."""

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""

    @property
    def total(self) -> int:
        """How many instants there will be; 0 where nobody knows."""


class Waiting:
    """The newest instants that nobody has taken yet; the oldest is dropped when there are too many.

    Parameters
    ----------
    room : int
        For how many.
    """

    def __init__(self, room: int) -> None:
        self._room, self._waiting = room, deque[Instant]()
        self.dropped = 0

    def add(self, instants: Sequence[Instant]) -> None:
        """Let instants wait."""
        self._waiting.extend(instants)
        while len(self._waiting) > self._room:
            self._waiting.popleft()
            self.dropped += 1

    def take(self) -> Instant | None:
        """The one that has waited longest; None where none waits."""
        return self._waiting.popleft() if self._waiting else None


class Patient:
    """Recorded instants, each of which comes when somebody has time for it."""

    def __init__(self, instants: Sequence[Instant]) -> None:
        self._left, self.total = deque(instants), len(instants)

    def look(self) -> Sequence[Instant]:
        """See `Source`."""
        return [self._left.popleft()] if self._left else []

    @property
    def over(self) -> bool:
        """See `Source`."""
        return not self._left


class Punctual:
    """Recorded instants that come as they would have on set, so many a second from the first look on."""

    def __init__(self, instants: Sequence[Instant], rate: float) -> None:
        self._instants, self._rate, self.total = instants, rate, len(instants)
        self._begun: float | None = None
        self._came = 0

    def look(self) -> Sequence[Instant]:
        """See `Source`."""
        now = time.monotonic()
        self._begun = now if self._begun is None else self._begun
        came = min(int((now - self._begun) * self._rate) + 1, self.total)
        new, self._came = self._instants[self._came : came], came
        return new

    @property
    def over(self) -> bool:
        """See `Source`."""
        return self._came >= self.total


class Watched:
    """Pictures that appear on disk one after the other, as a transforms file lists them or will.

    The file may list pictures that are not there yet, or be written anew with every picture. An instant has come when
    all its pictures have, or when a later one has.

    Parameters
    ----------
    path : Path
        The transforms file, or the folder in which it will be.
    cameras : int
        How many cameras there are.
    idle : float
        Seconds without anything new after which the footage is over.
    ended : Event
        Set by somebody who has had enough.
    """

    total = 0

    def __init__(
        self, path: Path, end: FieldEnd, cameras: int, idle: float, recorded: Recorded, ended: threading.Event
    ) -> None:
        self._path, self._end, self._cameras, self._recorded, self._ended = path, end, cameras, recorded, ended
        self._idle, self._heard = idle, time.monotonic()
        self._last = end.frame
        self._sizes: dict[Path, int] = {}
        self._trouble: UserError | None = None

    def look(self) -> Sequence[Instant]:
        """See `Source`. A file that somebody is just writing is read again at the next look."""
        try:
            found = self._new()
            self._trouble = None
        except FootageError:
            raise
        except UserError as error:
            self._trouble, found = error, []
        if found:
            self._heard, self._last = time.monotonic(), found[-1][0].shot_frame
        elif self._trouble is not None and time.monotonic() - self._heard > self._idle:
            raise self._trouble
        return found

    @property
    def over(self) -> bool:
        """See `Source`."""
        return self._ended.is_set() or time.monotonic() - self._heard > self._idle

    def _new(self) -> list[Instant]:
        file = transforms.find(self._path)
        if file is None:
            raise UserError(
                f"There is no transforms.json at {self._path} yet.",
                "It says where the cameras are, picture by picture.",
            )
        findings = Findings()
        capture = transforms.read(file, Purpose.TRUTH, findings)
        ready = self._ready(capture)
        if not ready:
            return []
        shot = examine_capture(replace(capture, entries=tuple(ready)), findings, strict=False)
        if findings.problems:
            raise FootageError(str(file), findings.problems)
        shot = settled(shot, self._recorded)
        found = instants_after(shot.frames, self._last, self._end.encoding)
        if self._last == self._end.frame and found:
            check_kind(shot, self._end)
            check_gap(found[0], self._end)
        return found

    def _ready(self, capture: Capture) -> list[Entry]:
        """What lies behind the last instant and has come as a whole."""
        new: dict[float, list[Entry]] = {}
        for entry in capture.entries:
            if entry.shot_frame is None:
                raise FootageError(str(capture.path), _without_frame(entry))
            if entry.shot_frame > self._last + 1e-6:
                new.setdefault(entry.shot_frame, []).append(entry)
        there = {when: [entry for entry in own if self._whole(entry)] for when, own in new.items()}
        begun = [when for when, own in there.items() if own]
        ready = []
        for when in sorted(begun):
            complete = len(there[when]) == len(new[when]) >= self._cameras
            if complete or when < max(begun):
                ready += there[when]
        return ready

    def _whole(self, entry: Entry) -> bool:
        """Whether its picture is there and no longer grows."""
        if entry.path is None or not entry.path.is_file():
            return False
        size = entry.path.stat().st_size
        before, self._sizes[entry.path] = self._sizes.get(entry.path), size
        return size > 0 and before == size


def _without_frame(entry: Entry) -> list[Problem]:
    findings = Findings()
    findings.problem("it has no shot_frame, without which nobody knows when it was taken", frame=entry.name)
    return list(findings.problems)
