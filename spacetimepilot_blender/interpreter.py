"""Which Python the worker runs on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import bpy

from ..bake.contract.errors import UserError
from .package import NAME
from .preferences import preferences

VARIABLE = "SPACETIMEPILOT_PYTHON"


def own_environment() -> Path:
    """Folder of the environment that the extension makes for itself; it need not exist."""
    return Path(bpy.utils.extension_path_user(NAME, path="worker"))


def find_interpreter() -> Path:
    """The worker's Python: the environment variable's, else the preferences', else the extension's own.

    Raises
    ------
    UserError
        If there is none, or the one that was named does not exist.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        return _existing(named, f"The environment variable {VARIABLE}")
    settings = preferences()
    if settings is not None and settings.interpreter:
        return _existing(bpy.path.abspath(settings.interpreter), "The add-on's preference Worker's Python")
    own = _python_in(own_environment()) if settings is not None else None
    if own is not None and own.is_file():
        return own
    raise UserError(
        "SpaceTimePilot has no worker: it does not know a Python with PyTorch.",
        f"Name one in the add-on's preferences or in the environment variable {VARIABLE}.",
    )


def _existing(named: str, who: str) -> Path:
    # Not resolved: a virtual environment's Python is a link, and knows its environment by where the link lies.
    found = shutil.which(named)
    if found is None:
        raise UserError(f"{who} names {named}, which is not a program.", "Correct it, or clear it.")
    return Path(found)


def _python_in(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
