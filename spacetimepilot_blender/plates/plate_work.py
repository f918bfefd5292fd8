"""Making plates one after the other, in the thread that asks or in one of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from ...bake.contract.errors import UserError
from ...bake.contract.messages import PlateRequest
from .plates import forget_native


class PlateWork:
    """Plates to be made, and how far that is.

    Attributes
    ----------
    total, made : int
        Plates.
    failure : UserError or None
        What went wrong in the thread that `start` began.
    """

    def __init__(self, requests: list[PlateRequest], make: Callable[[PlateRequest], object]) -> None:
        self._requests, self._make = requests, make
        self.total, self.made = len(requests), 0
        self.failure: UserError | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread that `start` began still works."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Do all in a thread; `made`, `running` and `failure` tell how it goes."""
        self._thread = threading.Thread(target=self._work, name="spacetimepilot plates", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the plate that is being made."""
        self._stopped = True

    def make_all(self) -> Iterator[int]:
        """Make them one after the other, telling how many there are.

        Raises
        ------
        UserError
            If one cannot be made.
        """
        for number, request in enumerate(self._requests):
            if self._stopped:
                return
            self._make(request)
            forget_native(request, self._requests[number + 1 :])
            self.made += 1
            yield self.made

    def _work(self) -> None:
        try:
            for _ in self.make_all():
                pass
        except UserError as error:
            self.failure = error
        except Exception as error:
            self.failure = UserError(f"Something unforeseen went wrong: {error!r}.", "Please report it.")
