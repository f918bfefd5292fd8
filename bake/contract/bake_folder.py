"""The state folder of a bake (`SHOT.stp.bake/`): what is in it, and how to read it from outside.

`state.json` says who bakes what and how far it is; a file `cancel` asks for a stop, `pause` for a rest; `picture.png`
shows what the field looks like so far; `lock` is held by the running bake, so that the system itself lets go of it
however the bake ends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from .errors import UserError
from .messages import Message, Progress, decode

STATE = "state.json"
CANCEL = "cancel"
PAUSE = "pause"
LOCK = "lock"
LOG = "bake.log"
CHECKPOINT = "checkpoint.safetensors"
HISTORY = "history.json"
PICTURE = "picture.png"


class BakeStatus(StrEnum):
    """What has become of a bake."""

    QUEUED = "queued"
    """It waits until the bakes before it have ended."""
    RUNNING = "running"
    PAUSED = "paused"
    """It has stopped where it was, to go on later; it needs neither processor nor memory."""
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """Cancelled; its last good state is kept."""
    KILLED = "killed"
    """It ended without a word: killed, or the machine went down. Its last checkpoint is kept."""
    LOST = "lost"
    """Its state cannot be found: deleted, moved, or on a disk that is not there."""

    @property
    def live(self) -> bool:
        """Whether a process is there that may still end as it likes."""
        return self in (BakeStatus.QUEUED, BakeStatus.RUNNING)


@dataclass(frozen=True)
class BakeRecord:
    """What `state.json` says.

    `message` is the bake's latest message, or None if it has not said anything; `progress` its latest progress.
    `started` is ISO 8601, UTC; `blend` the .blend that asked for the bake, "" if none did.
    """

    status: BakeStatus
    process: int
    footage: str
    output: str
    message: Message | None
    progress: Progress | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    blend: str = ""
    started: str = ""


def state_folder(output: Path) -> Path:
    """The state folder of the bake that makes `output`."""
    return output.with_name(output.name + ".bake")


def read_bake(output: Path) -> BakeRecord | None:
    """What is known of the bake that makes `output`; None if there was none, or its record cannot be read.

    A record that says "running" or "queued" is believed, unless nobody holds the lock.
    """
    folder = state_folder(output)
    try:
        document = json.loads((folder / STATE).read_text(encoding="utf-8"))
        progress = _message(document.get("progress"))
        record = BakeRecord(
            BakeStatus(document["state"]),
            int(document["pid"]),
            str(document["footage"]),
            str(document["output"]),
            _message(document.get("message")),
            progress if isinstance(progress, Progress) else None,
            dict(document.get("settings") or {}),
            str(document.get("blend") or ""),
            str(document.get("started") or ""),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if record.status.live and not _held(folder / LOCK):
        return replace(record, status=BakeStatus.KILLED)
    return record


def ask_to_stop(output: Path) -> None:
    """Ask the bake that makes `output` to stop; it does so within a second or two and keeps its last good state.

    Raises
    ------
    UserError
        If the request cannot be written.
    """
    _ask(output, CANCEL)


def ask_to_pause(output: Path) -> None:
    """Ask the bake that makes `output` to rest: as `ask_to_stop`, but it counts as to be gone on with."""
    _ask(output, PAUSE)


def _ask(output: Path, request: str) -> None:
    folder = state_folder(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / request).write_bytes(b"")
    except OSError as error:
        raise UserError(f"Cannot write to {folder}: {error.strerror or error}.", "End the process instead.") from error


def take_lock(stream: IO[bytes]) -> bool:
    """Take the lock without waiting; the lock ends with the file or the process.

    Raises
    ------
    OSError
        If this file system knows no locks.
    """
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _message(document: Any) -> Message | None:
    return None if document is None else decode(json.dumps(document))


def _held(lock: Path) -> bool:
    """Whether somebody holds the lock; where that cannot be told, the record is believed."""
    try:
        with lock.open("r+b") as stream:
            return not take_lock(stream)
    except FileNotFoundError:
        return False
    except OSError:
        return True
