"""Paths as artists write them (`//` is beside the .blend) and as the system wants them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import bpy

from ..bake.contract.errors import UserError


def absolute(path: str, what: str, library: bpy.types.Library | None = None) -> Path:
    """A path of a property, made absolute; `library` is the .blend that its owner is linked from.

    Raises
    ------
    UserError
        If it is empty, or relative to a .blend that has not been saved.
    """
    if not path.strip():
        raise UserError(f"{what} is not set.", "Choose it in the sidebar.")
    if path.startswith("//") and library is None and not bpy.data.filepath:
        raise UserError(f"{what} is {path}, but this .blend has not been saved yet.", "Save it first.")
    return Path(bpy.path.abspath(path, library=library)).resolve()


def chosen_files(
    directory: str, files: Iterable[bpy.types.OperatorFileListElement], filepath: str, what: str
) -> list[Path]:
    """What a file browser or a drop has handed to an operator: several files of one folder, or one path.

    Raises
    ------
    UserError
        As `absolute`; `what` is what the one path is called.
    """
    names = [file.name for file in files if file.name]
    return [absolute(directory, what) / name for name in names] or [absolute(filepath, what)]


def relative(path: Path) -> str:
    """A path as it is kept in the .blend: beside it where that is possible, so that both can move together."""
    if not bpy.data.filepath:
        return str(path)
    try:
        return bpy.path.relpath(str(path))
    except ValueError:  # Another drive on Windows.
        return str(path)
