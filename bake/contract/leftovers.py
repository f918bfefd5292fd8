"""Names of temporary files and folders that tell whose they are, so that what a killed process left is cleared away.

Nothing can clear up after itself when it is killed; the next process of ours that looks into the folder does it. Names
hold the process and where its number counts: a shared folder may hold files of other machines and containers.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

_MARK = re.compile(r"\.([0-9a-f]{8})-(\d+)\.")
_OLD_SECONDS = 3600.0
"""After which a file is believed to be left where nobody says whether its process runs."""


def mark() -> str:
    """What this process puts into such names: ".MACHINE-PROCESS."."""
    return f".{_machine()}-{os.getpid()}."


def clear_leftovers(folder: Path, pattern: str = ".*") -> None:
    """Remove from a folder what processes of this machine that run no more have left there under marked names.

    Whatever cannot be read or removed stays.

    Parameters
    ----------
    folder : Path
        It need not exist.
    pattern : str
        Of the names that may be meant, as `Path.glob` takes it.
    """
    with suppress(OSError):
        for path in folder.glob(pattern):
            if _is_left(path):
                _remove(path)


def _is_left(path: Path) -> bool:
    found = _MARK.search(path.name)
    return found is not None and found[1] == _machine() and not _runs(int(found[2]), path)


def _runs(process: int, path: Path) -> bool:
    if os.name == "nt":  # Where asking for a process by its number would end it.
        with suppress(OSError):
            return time.time() - path.stat().st_mtime < _OLD_SECONDS
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


@cache
def _machine() -> str:
    """Where a process number counts: a machine, or a container on it."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return hashlib.sha256(f"{platform.node()} {space}".encode()).hexdigest()[:8]
