"""A Python environment that was made for the worker: where its Python is, and how to know that it is whole.

Its mark is written last, after everything in it has been tried. So an environment without a mark is one that was never
finished, whatever ended its making. Standard library alone.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

MARK = "spacetimepilot.json"


@dataclass(frozen=True)
class Environment:
    """What the mark says: the version of Python, and the build of PyTorch ("wheels" for one from a folder)."""

    python: str
    build: str


def python_in(folder: Path) -> Path:
    """The Python of an environment; it need not exist."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def mark_whole(folder: Path, environment: Environment) -> None:
    """Say that everything in an environment has been tried and is good.

    Raises
    ------
    OSError
        If that cannot be written.
    """
    aside = folder / f".{MARK}"
    aside.write_text(json.dumps(asdict(environment)), encoding="utf-8")
    aside.replace(folder / MARK)


def read_mark(folder: Path) -> Environment | None:
    """What is known of a whole environment, None where it is not whole or its Python is gone."""
    try:
        document = json.loads((folder / MARK).read_text(encoding="utf-8"))
        found = Environment(str(document["python"]), str(document["build"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if python_in(folder).is_file() else None
