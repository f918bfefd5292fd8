"""The colour spaces of the OpenColorIO configuration that this Blender runs with."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy

from ..bake.contract.colour_spaces import LINEAR_REC709

_BUILT_IN = "ocio://"


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
