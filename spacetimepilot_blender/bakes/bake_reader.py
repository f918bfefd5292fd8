"""Reads how the user's bakes stand, away from Blender's main thread: a disk that hangs must not hold up the window.

Each bake is read by a thread of its own, which ends when it has read, so that one disk that does not answer hides no
other bake. Nothing here knows `bpy`.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ...bake.contract.bake_folder import PICTURE, BakeStatus, state_folder
from ...bake.contract.bake_list import Listed, listed
from ...bake.contract.report_file import report_page
from .bake_job import BakeJob, BakeView, find_result

_AT_ONCE = 8
"""Reads that are begun in one look; what is left has its turn in the next."""
_LIST_SECONDS, _ENDED_SECONDS, _SILENT_SECONDS = 2.0, 10.0, 8.0


@dataclass(frozen=True)
class Known:
    """A bake and how it stands. `picture` is a copy on this machine's disk, None if there is none."""

    entry: Listed
    view: BakeView
    picture: Path | None = None
    pictured: float = 0.0
    """When the picture was made, in seconds."""
    field: bool = False
    """Whether the field file is there."""
    report: bool = False

    @property
    def output(self) -> str:
        """The field file, which tells bakes apart."""
        return self.entry.output


class BakeReader:
    """What is known of the user's bakes.

    Parameters
    ----------
    pictures : Path
        Folder for copies of pictures.
    """

    def __init__(self, pictures: Path) -> None:
        self._pictures = pictures
        self._jobs: dict[str, BakeJob] = {}
        self._noted: dict[str, Listed] = {}
        self._listed: list[Listed] = []
        self._known: dict[str, Known] = {}
        self._begun: dict[str, float] = {}
        self._ended: dict[str, float] = {}

    def add(self, job: BakeJob) -> None:
        """A bake that this Blender has started: it is known before it has written anything."""
        self._jobs[job.entry.output] = job
        self._known[job.entry.output] = Known(job.entry, BakeView(BakeStatus.RUNNING, "The bake starts"))
        self._ended.pop(job.entry.output, None)

    def note(self, entry: Listed) -> None:
        """A bake that is known though it may be on no list."""
        self._noted[entry.output] = entry

    def forget(self, output: str) -> None:
        """Know nothing of a bake any more."""
        self._jobs.pop(output, None)
        self._noted.pop(output, None)
        self._known.pop(output, None)
        self._listed = [entry for entry in self._listed if entry.output != output]

    def bakes(self) -> list[Known]:
        """All that are known, in order: those that began last first. Never waits."""
        now = time.monotonic()
        shown = []
        for entry in self._entries().values():
            known = self._known.get(entry.output, Known(entry, BakeView(BakeStatus.LOST, "")))
            if now - self._begun.get(entry.output, now) > _SILENT_SECONDS:
                silent = f"The disk of {Path(entry.output).parent} does not answer."
                known = replace(known, view=replace(known.view, text=silent))
            shown.append(replace(known, entry=entry))
        return sorted(shown, key=lambda known: (known.entry.started, known.output), reverse=True)

    def look(self) -> None:
        """Have read, in the background, what is due."""
        self._start("", _LIST_SECONDS, self._read_list)
        begun = 0
        for entry in self._entries().values():
            known = self._known.get(entry.output)
            due = _ENDED_SECONDS if known is not None and not known.view.status.live else 0.0
            begun += self._start(entry.output, due, lambda entry=entry: self._read(entry))
            if begun == _AT_ONCE:
                break

    def look_now(self) -> None:
        """Read everything, and wait for it: for scripts."""
        self._read_list()
        for entry in self._entries().values():
            self._read(entry)

    def _entries(self) -> dict[str, Listed]:
        found = self._noted | {entry.output: entry for entry in self._listed}
        # A copy, made in one piece: threads take jobs out.
        return found | {output: job.entry for output, job in list(self._jobs.items())}

    def _start(self, what: str, due: float, read: Callable[[], None]) -> bool:
        now = time.monotonic()
        if what in self._begun or now - self._ended.get(what, -due) < due:
            return False

        def work() -> None:
            try:
                read()
            finally:
                self._ended[what] = time.monotonic()
                self._begun.pop(what, None)

        self._begun[what] = now
        threading.Thread(target=work, name="spacetimepilot bakes", daemon=True).start()
        return True

    def _read_list(self) -> None:
        self._listed = listed()

    def _read(self, entry: Listed) -> None:
        output = Path(entry.output)
        job = self._jobs.get(entry.output)
        if job is not None and job.is_history():
            self.note(job.entry)
            self._jobs.pop(entry.output, None)
            job = None
        view = job.look() if job is not None else find_result(output)
        page = report_page(output)
        before = self._known.get(entry.output)
        known = Known(entry, view, field=output.is_file(), report=page.is_file())
        self._known[entry.output] = self._with_picture(known, before)

    def _with_picture(self, known: Known, before: Known | None) -> Known:
        """Copied here, because Blender reads pictures while it draws."""
        source = state_folder(Path(known.output)) / PICTURE
        with suppress(OSError):
            made = source.stat().st_mtime
            if before is not None and before.pictured == made:
                return replace(known, picture=before.picture, pictured=made)
            data = source.read_bytes()
            # By turns, for the other one may be shown at this moment.
            turn = "a" if before is None or before.picture is None or before.picture.stem.endswith("b") else "b"
            copy = self._pictures / f"bake-{hashlib.sha256(known.output.encode()).hexdigest()[:16]}-{turn}.png"
            copy.write_bytes(data)
            return replace(known, picture=copy, pictured=made)
        return known
