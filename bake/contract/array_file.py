"""Files in which Blender and the worker hand each other arrays: plain NumPy archives, never pickles.

They are written aside and then renamed, so that nobody ever sees half of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from .files import written_aside


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays by name.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    with written_aside(path) as aside, aside.open("wb") as stream:
        np.savez(stream, **arrays)


def read_arrays(path: Path) -> dict[str, Any]:
    """Arrays by name.

    Raises
    ------
    ValueError
        If the file is missing or damaged.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, BadZipFile, EOFError) as error:
        raise ValueError(str(error)) from error


def take_arrays(path: Path) -> dict[str, Any]:
    """Read arrays, and remove the file, also where it is damaged; raises as `read_arrays`."""
    try:
        return read_arrays(path)
    finally:
        path.unlink(missing_ok=True)
