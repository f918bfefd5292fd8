"""Which Python the worker runs on, and which one makes an environment for it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import bpy

from ...bake.contract.environment import python_in, read_mark
from ...bake.contract.errors import UserError
from ..package import NAME
from ..preferences import preferences

VARIABLE = "SPACETIMEPILOT_PYTHON"


def own_folder() -> Path:
    """Where the extension makes environments for itself; it need not exist, and survives updates of the extension."""
    return Path(bpy.utils.extension_path_user(NAME, path="worker"))


def own_environments() -> list[Path]:
    """All that is in there, whole or not, newest first."""
    folder = own_folder()
    found = [path for path in folder.iterdir() if path.name.isdigit()] if folder.is_dir() else []
    return sorted(found, key=lambda path: int(path.name), reverse=True)


def own_environment() -> Path | None:
    """The newest whole environment that the extension has made for itself, None where there is none."""
    return next((path for path in own_environments() if read_mark(path) is not None), None)


def base_python(named: str = "") -> Path:
    """The Python that makes an environment: the one that is named, else the preferences', else Blender's own.

    Raises
    ------
    UserError
        If what was named does not exist, or Blender's own cannot be found.
    """
    settings = preferences()
    named = named or (settings.base_python if settings is not None else "")
    if named:
        return _existing(bpy.path.abspath(named), "Made With")
    own = Path(sys.executable)
    if own.is_file() and own.name.startswith("python"):
        return own
    raise UserError("Blender's own Python is not to be found.", "Name a Python in the add-on's preferences: Made With.")


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
    own = own_environment() if settings is not None else None
    if own is not None:
        return python_in(own)
    raise UserError(
        "SpaceTimePilot has no worker: it does not know a Python with PyTorch.",
        f"Set Up Worker in the add-on's preferences makes one; or name one there or in the variable {VARIABLE}.",
    )


def goes_before() -> str:
    """What is named by a person and so goes before the extension's own environment, "" if nothing is."""
    if os.environ.get(VARIABLE):
        return f"The environment variable {VARIABLE} names another Python, which goes before this one."
    settings = preferences()
    if settings is not None and settings.interpreter:
        return "The preference Worker's Python names another one, which goes before this one: clear it."
    return ""


def _existing(named: str, who: str) -> Path:
    # Not resolved: a virtual environment's Python is a link, and knows its environment by where the link lies.
    found = shutil.which(named)
    if found is None:
        raise UserError(f"{who} names {named}, which is not a program.", "Correct it, or clear it.")
    return Path(found)
