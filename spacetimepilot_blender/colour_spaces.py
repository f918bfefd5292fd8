"""The colour spaces of the OpenColorIO configuration that this Blender runs with."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
from mathutils import Color

from ..bake.contract.colour_spaces import LINEAR_REC709

_BUILT_IN = "ocio://"
_SAME = 1e-3
"""Between working spaces that count as one, whose conversion is the identity but for rounding."""


def configuration() -> str:
    """The configuration: a file, or the name of one that OpenColorIO brings along."""
    named = os.environ.get("OCIO", "")
    if named.startswith(_BUILT_IN) or (named and Path(named).is_file()):
        return named
    return str(Path(bpy.utils.system_resource("DATAFILES")) / "colormanagement/config.ocio")


def space_names() -> list[str]:
    """What Blender offers as the colour space of an image."""
    settings: Any = bpy.types.ColorManagedInputColorspaceSettings
    return [item.identifier for item in settings.bl_rna.properties["name"].enum_items]


def linear_rec709() -> str:
    """The name of scene-linear Rec.709, which plates are in; "" where the configuration has none."""
    names = space_names()
    return next((name for name in LINEAR_REC709 if name in names), "")


def tell_plate_space(image: bpy.types.Image) -> None:
    """Let Blender know what a plate's colours are, so that it brings them into the scene's working space."""
    name: Any = linear_rec709()
    # Naming the space that it is in already would read the file again for nothing.
    if name and image.colorspace_settings.name != name:
        image.colorspace_settings.name = name


def to_working_space() -> list[list[float]] | None:
    """Rows of the matrix that brings linear Rec.709 into the scene's working space; None where they are the same."""
    primaries = [Color(axis).from_rec709_linear_to_scene_linear() for axis in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    rows = [[float(primary[row]) for primary in primaries] for row in range(3)]
    same = all(abs(rows[r][c] - (r == c)) < _SAME for r in range(3) for c in range(3))
    return None if same else rows


def open_color_io() -> ModuleType:
    """The module that Blender brings along.

    Raises
    ------
    ImportError
        If this build has none.
    """
    try:
        import PyOpenColorIO
    except ImportError:
        bundled = Path(bpy.utils.resource_path("LOCAL")) / "python/lib"
        found = next(bundled.glob("python*/site-packages/PyOpenColorIO"), None)
        if found is None:
            raise
        sys.path.append(str(found.parent))
        import PyOpenColorIO
    return PyOpenColorIO
