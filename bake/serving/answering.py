"""From a request to its answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from ..contract.errors import Cancelled, UserError
from ..contract.messages import Done, Failed, Message, Request, Stopped
from .kinds import KINDS
from .loaded import Loaded
from .task import Task

_log = logging.getLogger(__name__)


def answer(
    request: Request, loaded: Loaded, say: Callable[[Message], None], should_stop: Callable[[], bool]
) -> Message:
    """Do what a request asks for; nothing that goes wrong leaves this function as an exception."""
    kind = KINDS[type(request)]
    try:
        make(request, loaded, say, should_stop)
        return Done(request.path, id=request.id)
    except Cancelled:
        return Stopped("Cancelled.", id=request.id)
    except UserError as error:
        return Failed(error.sentence, error.hint, id=request.id)
    except MemoryError:
        return Failed(f"There is not enough memory for this {kind.what}.", kind.smaller, id=request.id)
    except Exception as error:
        _log.exception("%s %s", kind.what, request.id)
        if type(error).__name__ == "OutOfMemoryError":
            return Failed(f"The GPU has not enough memory for this {kind.what}.", kind.smaller, id=request.id)
        sentence = f"The {kind.what} could not be made: {error!r}."
        return Failed(sentence, "The worker's log holds the details.", id=request.id)


def make(
    request: Request,
    loaded: Loaded,
    say: Callable[[Message], None],
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Make what a request asks for, at its path.

    Parameters
    ----------
    say : callable
        Sends a message: progress, now and then.

    Raises
    ------
    UserError
        If it cannot be made.
    Cancelled
        If `should_stop` says so.
    """
    header, field = loaded.fields.get(Path(request.field_file), request.content_hash)
    KINDS[type(request)].make(Task(request, header, field, loaded, say, should_stop))
