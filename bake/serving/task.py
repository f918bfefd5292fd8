"""A request that is being answered, and what its kind needs for that."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ..contract.errors import Cancelled, UserError
from ..contract.field_file import FieldHeader, FootageCameras, read_cameras
from ..contract.messages import Message, Progress, Request
from .loaded import Loaded
from .machine import versions

_PROGRESS_STEP = 0.05
_PROGRESS_SECONDS = 0.5
_Asked = TypeVar("_Asked", bound=Request, covariant=True)


@dataclass(frozen=True)
class Task(Generic[_Asked]):
    """A request, the field that it is about, and whom to ask and tell meanwhile.

    `header` and `field` are those of the field file. `loaded` stays for later requests. `say` sends a message, and
    `should_stop` says whether nobody waits for the answer any more.
    """

    request: _Asked
    header: FieldHeader
    field: Any
    loaded: Loaded
    say: Callable[[Message], None]
    should_stop: Callable[[], bool]

    @property
    def path(self) -> Path:
        """Where what is made goes."""
        return Path(self.request.path)

    def demand_wanted(self) -> None:
        """To be called before anything is written.

        Raises
        ------
        Cancelled
            If nobody waits for the answer any more.
        """
        if self.should_stop():
            raise Cancelled

    def progress(self, phase: str) -> Callable[[float], None]:
        """What tells how far a request is, from 0 to 1, every now and then."""
        told = told_at = 0.0

        def progress(fraction: float) -> None:
            nonlocal told, told_at
            now = time.monotonic()
            if told == 0 or fraction - told >= _PROGRESS_STEP or now - told_at >= _PROGRESS_SECONDS:
                told, told_at = fraction, now
                self.say(Progress(phase, fraction, id=self.request.id))

        return progress

    def cameras(self) -> FootageCameras | None:
        """Those that filmed the field; None of one that was made by hand."""
        try:
            return read_cameras(Path(self.request.field_file))
        except UserError:
            return None

    def made_with(self) -> dict[str, str]:
        """Versions and device, as receipts name them."""
        return {**versions(), "device": str(self.field.low.device.type)}
