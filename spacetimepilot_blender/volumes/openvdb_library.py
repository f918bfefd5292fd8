"""OpenVDB as Blender brings it along."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

from ...bake.contract.errors import UserError


def openvdb_library() -> Any:
    """The module `openvdb`. To be called in the main thread first.

    Raises
    ------
    UserError
        If this Blender has none.
    """
    try:
        _expose()
        import openvdb
    except ImportError as error:
        raise UserError(
            "This Blender has no OpenVDB for Python, so it cannot write volumes.",
            "Use a Blender from blender.org, 4.5 or newer.",
        ) from error
    return openvdb


def _expose() -> None:
    """Let Python find what lies in Blender's own folder; the module `bpy` does not look there."""
    if bpy.app.binary_path:
        bpy.utils.expose_bundled_modules()
        return
    bundled = Path(bpy.utils.resource_path("LOCAL")) / "python" / "lib"
    for folder in bundled.glob("python*/site-packages"):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
