"""Keeping the state folder of a running bake (see `contract.bake_folder`): found again, asked to stop, kept single."""

from __future__ import annotations

import json
import logging
import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ..contract.bake_folder import CANCEL, LOCK, LOG, STATE, BakeStatus, state_folder, take_lock
from ..contract.errors import UserError
from ..contract.files import written_aside
from ..contract.messages import Message, Progress, encode

_SAVED_EVERY = 1.0
_LOOKED_EVERY = 0.2
_STALE_AFTER = 5.0


class BakeState:
    """The state of one running bake; a context manager that holds its lock.

    Raises
    ------
    UserError
        On entering, if another bake of the same output runs, or the folder cannot be written.
    """

    def __init__(self, footage: Path, output: Path, settings: dict[str, Any]) -> None:
        self.folder = state_folder(output)
        self._document: dict[str, Any] = {
            "pid": os.getpid(),
            "footage": str(footage.resolve()),
            "output": str(output.resolve()),
            "settings": settings,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "state": BakeStatus.RUNNING.value,
            "message": None,
        }
        self._cancel = self.folder / CANCEL
        self._lock: IO[bytes] | None = None
        self._saved = self._looked = 0.0
        self._asked = False
        self._phase = ""
        self._handler: logging.Handler | None = None

    def __enter__(self) -> BakeState:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / LOCK).open("ab")
        except OSError as error:
            raise UserError(
                f"Cannot write to {self.folder}: {error.strerror or error}.",
                "Choose an output folder you may write to.",
            ) from error
        if not _locked(self._lock):
            self._lock.close()
            raise UserError(
                f"Another bake of this output is running{_by_whom(self.folder)}.",
                "Wait for it, cancel it, or choose another output file.",
            )
        self._forget_old_cancel()
        with suppress(OSError):
            self._handler = logging.FileHandler(self.folder / LOG, encoding="utf-8")
            self._handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            logging.getLogger().addHandler(self._handler)
        self._save()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._cancel.unlink(missing_ok=True)
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
        if self._lock is not None:
            self._lock.close()

    def report(self, message: Message) -> None:
        """Keep the latest message; progress in a phase is written once a second at most, and never stops the bake."""
        self._document["message"] = json.loads(encode(message))
        if isinstance(message, Progress):
            begun, self._phase = message.phase != self._phase, message.phase
            if not begun and time.monotonic() - self._saved < _SAVED_EVERY:
                return
        with suppress(UserError):
            self._save()

    def finish(self, state: BakeStatus, message: Message) -> None:
        """Mark the bake as done, failed or stopped."""
        self._document["state"] = state.value
        self.report(message)

    def cancel_asked(self) -> bool:
        """Whether somebody has put a `cancel` file here; cheap to call often."""
        if not self._asked and time.monotonic() - self._looked >= _LOOKED_EVERY:
            self._looked = time.monotonic()
            self._asked = self._cancel.exists()
        return self._asked

    def _forget_old_cancel(self) -> None:
        """A request left from an earlier bake does not count; one made while this process started does."""
        with suppress(OSError):
            if time.time() - self._cancel.stat().st_mtime > _STALE_AFTER:
                self._cancel.unlink()

    def _save(self) -> None:
        self._saved = time.monotonic()
        with written_aside(self.folder / STATE) as aside:
            aside.write_text(json.dumps(self._document, indent=1), encoding="utf-8")


def _by_whom(folder: Path) -> str:
    try:
        pid = json.loads((folder / STATE).read_text(encoding="utf-8"))["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f" (process {pid})"


def _locked(stream: IO[bytes]) -> bool:
    """Take the lock; file systems that know no locks count as free.

    Somebody who only looks whether a bake runs holds the lock for an instant, hence more than one try.
    """
    try:
        for _ in range(5):
            if take_lock(stream):
                return True
            time.sleep(0.1)
    except OSError:
        logging.getLogger(__name__).info("this file system has no locks; take care not to bake twice at a time")
        return True
    return False
