"""Work that is done piece by piece, in the thread that asks or in one of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from ..bake.contract.errors import UserError


class Work:
    """Pieces to be made, and how far that is.

    Attributes
    ----------
    total, made : int
        Pieces.
    failure : UserError or None
        What went wrong in the thread that `start` began.
    """

    def __init__(self, total: int = 0) -> None:
        self.total, self.made = total, 0
        self.failure: UserError | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether what `start` began still works."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Do all in a thread; `made`, `running` and `failure` tell how it goes."""
        self._thread = threading.Thread(target=self._work, name="spacetimepilot work", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the piece that is being made."""
        self._stopped = True

    def make_all(self) -> Iterator[int]:
        """Make them one after the other, telling how many there are.

        Raises
        ------
        UserError
            If one cannot be made.
        """
        raise NotImplementedError

    def _work(self) -> None:
        try:
            for _ in self.make_all():
                pass
        except UserError as error:
            self.failure = error
        except Exception as error:
            self.failure = UserError(f"Something unforeseen went wrong: {error!r}.", "Please report it.")
