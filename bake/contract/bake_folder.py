"""The state folder of a bake (`SHOT.stp.bake/`): what is in it, and how to read it from outside.

`state.json` says who bakes what and how far it is; a file `cancel` asks for a stop; `lock` is held by the running
bake, so that the system itself lets go of it however the bake ends.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

from .errors import UserError
from .messages import Message, decode

STATE = "state.json"
CANCEL = "cancel"
LOCK = "lock"
LOG = "bake.log"
CHECKPOINT = "checkpoint.safetensors"
HISTORY = "history.json"


class BakeStatus(StrEnum):
    """What has become of a bake."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """Cancelled; its last good state is kept."""
    KILLED = "killed"
    """It ended without a word: killed, or the machine went down. Its last checkpoint is kept."""


@dataclass(frozen=True)
class BakeRecord:
    """What `state.json` says. `message` is the bake's latest message, or None if it has not said anything."""

    status: BakeStatus
    process: int
    footage: str
    output: str
    message: Message | None


def state_folder(output: Path) -> Path:
    """The state folder of the bake that makes `output`."""
    return output.with_name(output.name + ".bake")


def read_bake(output: Path) -> BakeRecord | None:
    """What is known of the bake that makes `output`; None if there was none, or its record cannot be read.

    A record that says "running" is believed, unless nobody holds the lock.
    """
    folder = state_folder(output)
    try:
        document = json.loads((folder / STATE).read_text(encoding="utf-8"))
        message = document.get("message")
        record = BakeRecord(
            BakeStatus(document["state"]),
            int(document["pid"]),
            str(document["footage"]),
            str(document["output"]),
            None if message is None else decode(json.dumps(message)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    if record.status is BakeStatus.RUNNING and not _held(folder / LOCK):
        return BakeRecord(BakeStatus.KILLED, record.process, record.footage, record.output, record.message)
    return record


def ask_to_stop(output: Path) -> None:
    """Ask the bake that makes `output` to stop; it does so within a second or two and keeps its last good state.

    Raises
    ------
    UserError
        If the request cannot be written.
    """
    folder = state_folder(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CANCEL).write_bytes(b"")
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


def _held(lock: Path) -> bool:
    """Whether somebody holds the lock; where that cannot be told, the record is believed."""
    try:
        with lock.open("r+b") as stream:
            return not take_lock(stream)
    except FileNotFoundError:
        return False
    except OSError:
        return True
