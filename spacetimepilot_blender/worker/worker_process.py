"""How a worker process is started: which program, on which path, in which environment."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO

from ...bake.contract.errors import UserError
from ..package import ROOT
from .interpreter import find_interpreter

_FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")
_NICE = 10


def start_worker(
    words: list[str],
    *,
    output: int | IO[bytes] = subprocess.DEVNULL,
    errors: int | IO[bytes] = subprocess.DEVNULL,
    commanded: bool = False,
    outlives: bool = False,
    gives_way: bool = False,
    interpreter: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `python -m bake WORDS...`.

    Parameters
    ----------
    commanded : bool
        Whether messages will be written to its standard input.
    outlives : bool
        Whether it goes on when Blender ends or gets Ctrl+C.
    gives_way : bool
        Whether it leaves processor cores to whatever else wants them, such as Blender's window.
    interpreter : Path or None
        A Python that is not yet the worker's, to make an environment with.

    Raises
    ------
    UserError
        If there is no interpreter or it cannot be started.
    """
    interpreter = interpreter or find_interpreter()
    flags = 0
    if os.name == "nt":
        flags |= subprocess.CREATE_NEW_PROCESS_GROUP if outlives else 0
        flags |= subprocess.BELOW_NORMAL_PRIORITY_CLASS if gives_way else 0
    try:
        process = subprocess.Popen(
            [str(interpreter), "-m", "bake", *words],
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.PIPE if commanded else subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=outlives and os.name != "nt",
            creationflags=flags,
        )
    except OSError as error:
        raise UserError(
            f"The worker's Python {interpreter} cannot be started: {error.strerror or error}.",
            "Choose another one in the add-on's preferences.",
        ) from error
    if gives_way and os.name != "nt":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
    return process


def last_words(log: Path) -> str:
    """The last line of a worker's log, for a sentence about its end; "" if there is none."""
    try:
        with log.open("rb") as stream:
            return last_line(stream)
    except OSError:
        return ""


def last_line(stream: IO[bytes]) -> str:
    """The last line that a worker has written to a file that is still open; "" if there is none."""
    try:
        stream.seek(0)
        lines = stream.read().decode("utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip() if lines else ""


def _environment() -> dict[str, str]:
    """Blender's environment without what only concerns Blender's Python."""
    return {key: value for key, value in os.environ.items() if key not in _FOREIGN}
