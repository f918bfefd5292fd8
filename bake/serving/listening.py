"""Reading requests from standard input, as long as Blender is there."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from ..contract.errors import ExitCode
from ..contract.messages import PROTOCOL, CancelRequest, Failed, Message, Request, decode
from .requests import Requests

_log = logging.getLogger(__name__)


def listen(requests: Requests, say: Callable[[Message], None], scratch: Path | None) -> None:
    """Read requests until the input ends, and then end the process, whatever it is doing: Blender is gone.

    Parameters
    ----------
    requests : Requests
        Gets them.
    say : callable
        Sends a message.
    scratch : Path or None
        A folder that nobody needs any more then.
    """
    try:
        for line in sys.stdin.buffer:
            if line.strip():
                _receive(line.decode("utf-8", errors="replace"), requests, say)
    except (OSError, ValueError):
        _log.info("the input broke off")
    finally:
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        os._exit(ExitCode.DONE)


def _receive(line: str, requests: Requests, say: Callable[[Message], None]) -> None:
    try:
        message = decode(line)
    except ValueError as error:
        _log.info("%s", error)
        say(
            Failed(
                f"The worker got a message that it does not understand (it speaks protocol {PROTOCOL}).",
                "Extension and worker are of different versions; update the older one.",
                id=_id_of(line),
            )
        )
        return
    if isinstance(message, Request):
        requests.add(message)
    elif isinstance(message, CancelRequest):
        requests.cancel(message)
    else:
        say(Failed(f"The worker answers no messages of type {message.type}.", id=_id_of(line)))


def _id_of(line: str) -> int:
    try:
        number = json.loads(line)["id"]
    except (ValueError, KeyError, TypeError):
        return 0
    return number if isinstance(number, int) else 0
