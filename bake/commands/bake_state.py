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

from ..contract.bake_folder import CANCEL, LOCK, LOG, PAUSE, STATE, BakeStatus, state_folder, take_lock
from ..contract.bake_list import Listed, enlist
from ..contract.errors import UserError
from ..contract.files import written_aside
from ..contract.messages import Failed, Message, Progress, Queued, encode

_SAVED_EVERY = 1.0
_LOOKED_EVERY = 0.2
_STALE_AFTER = 5.0


class BakeState:
    """The state of one running bake; a context manager that holds its lock and puts the bake on the user's list.

    A bake whose block raises before `finish` was called has failed, and its state says why.

    Parameters
    ----------
    blend : str
        The .blend that asked for the bake, "" if none did.
    resume : bool
        Whether it goes on with an earlier one: until it trains again, it is as far as that was.
    what : str
        What people call it, as the beginning of a sentence that tells of its end.

    Raises
    ------
    UserError
        On entering, if another bake of the same output runs, or the folder cannot be written.
    """

    def __init__(
        self,
        footage: Path,
        output: Path,
        settings: dict[str, Any],
        blend: str = "",
        resume: bool = False,
        what: str = "The bake",
    ) -> None:
        self.folder, self._resume, self._what = state_folder(output), resume, what
        self._document: dict[str, Any] = {
            "pid": os.getpid(),
            "footage": str(footage.resolve()),
            "output": str(output.resolve()),
            "settings": settings,
            "blend": blend,
            "started": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "state": BakeStatus.RUNNING.value,
            "message": None,
            "progress": None,
        }
        self._requests = {name: self.folder / name for name in (CANCEL, PAUSE)}
        self._lock: IO[bytes] | None = None
        self._saved = self._looked = 0.0
        self._asked = ""
        self._phase = ""
        self._ousted = self._finished = False
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
        self._forget_old_requests()
        self._document["progress"] = self._progress_before() if self._resume else None
        with suppress(OSError):
            self._handler = logging.FileHandler(self.folder / LOG, encoding="utf-8")
            self._handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
            logging.getLogger().addHandler(self._handler)
        self._save()
        self._enlist()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not self._finished:
            self._fail(error)
        self._answer_requests()
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
        if self._lock is not None:
            self._lock.close()

    def report(self, message: Message) -> None:
        """Keep the latest message; progress in a phase is written once a second at most, and never stops the bake."""
        document = json.loads(encode(message))
        self._document["message"] = document
        if isinstance(message, Progress) and (message.step or self._document["progress"] is None):
            self._document["progress"] = document
        if isinstance(message, Progress | Queued):
            waits = isinstance(message, Queued)
            self._document["state"] = (BakeStatus.QUEUED if waits else BakeStatus.RUNNING).value
            phase = message.type if isinstance(message, Queued) else message.phase
            begun, self._phase = phase != self._phase, phase
            if not begun and time.monotonic() - self._saved < _SAVED_EVERY:
                return
        self._keep()

    def finish(self, state: BakeStatus, message: Message) -> None:
        """Mark the bake as done, failed, stopped or paused; no request is left by then, for the next bake to obey."""
        self._answer_requests()
        self._finished = True
        self._document["state"] = state.value
        self.report(message)

    def stop_asked(self) -> bool:
        """Whether somebody has put a file `cancel` or `pause` here; cheap to call often."""
        if not self._asked and time.monotonic() - self._looked >= _LOOKED_EVERY:
            self._looked = time.monotonic()
            self._asked = next((name for name, path in self._requests.items() if path.exists()), "")
        return bool(self._asked)

    def pause_asked(self) -> bool:
        """Whether it was a rest that was asked for."""
        return self._asked == PAUSE

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, UserError):
            self.finish(BakeStatus.FAILED, Failed(error.sentence.strip(), error.hint))
            return
        unexpected = f"{self._what} ended unexpectedly"
        self.finish(BakeStatus.FAILED, Failed(f"{unexpected}: {error!r}.", "See bake.log beside the state."))
        logging.getLogger(__name__).error("%s", unexpected, exc_info=error)

    def _progress_before(self) -> Any:
        try:
            return json.loads((self.folder / STATE).read_text(encoding="utf-8"))["progress"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _enlist(self) -> None:
        """A bake whose user cannot keep a list, such as a farm's, is baked all the same."""
        known = {name: self._document[name] for name in ("output", "footage", "settings", "blend", "started")}
        try:
            enlist(Listed(**known))
        except UserError as error:
            logging.getLogger(__name__).info("this bake is not on the list of bakes: %s", error.sentence)

    def _answer_requests(self) -> None:
        for request in self._requests.values():
            with suppress(OSError):
                request.unlink(missing_ok=True)

    def _forget_old_requests(self) -> None:
        """A request left from an earlier bake does not count; one made while this process started does."""
        for request in self._requests.values():
            with suppress(OSError):
                if time.time() - request.stat().st_mtime > _STALE_AFTER:
                    request.unlink()

    def _keep(self) -> None:
        """Save, if the folder is still this bake's; on a full disk over what is there, which needs no more room."""
        if not self._own_folder():
            return
        try:
            self._save()
        except UserError:
            with suppress(OSError):
                (self.folder / STATE).write_text(json.dumps(self._document), encoding="utf-8")

    def _own_folder(self) -> bool:
        """Whether the lock still lies in the folder; if somebody has deleted it, it is made again.

        Without it this bake would pass for dead, and a second one of the same output could begin.
        """
        if self._ousted or self._lock is None:
            return not self._ousted
        lock = self.folder / LOCK
        try:
            if os.path.samestat(os.fstat(self._lock.fileno()), lock.stat()):
                return True
            again = lock.open("ab")
        except FileNotFoundError:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                again = lock.open("ab")
            except OSError:
                return False
        except OSError:
            return True
        if not _locked(again):
            again.close()
            self._ousted = True
            logging.getLogger(__name__).info("the state folder was deleted, and another bake of this output has begun")
            return False
        self._lock.close()
        self._lock = again
        return True

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
