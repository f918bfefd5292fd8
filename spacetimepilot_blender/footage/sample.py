"""The sample shot, which comes with the extension."""

from __future__ import annotations

import getpass
import tempfile
from pathlib import Path

import bpy

from ...bake.contract.errors import UserError
from ..package import ROOT

FOOTAGE = ROOT / "demo" / "footage" / "hand_books"
"""It stays where it is: an update of the extension brings it again, and what is baked from it needs it no more."""
_NAME = "hand_books.stp"
_MINUTES = 2.0


def load_sample(scene: bpy.types.Scene) -> str:
    """Fill in a scene's shot with the sample, and return the field file it will bake to, as the settings name it.

    Raises
    ------
    UserError
        If the sample has not been installed.
    """
    if not (FOOTAGE / "transforms.json").is_file():
        raise UserError(f"The sample shot is not in {FOOTAGE}.", "Install the extension again.")
    settings = scene.spacetimepilot
    settings.source, settings.footage_path = "FILE", str(FOOTAGE)
    settings.output_path = f"//{_NAME}" if bpy.data.filepath else str(_unsaved() / _NAME)
    settings.preset, settings.minutes = "preview", _MINUTES
    return str(settings.output_path)


def _unsaved() -> Path:
    """A folder for the field of a .blend that has no place yet; not Blender's own, which goes when Blender does."""
    return Path(tempfile.gettempdir()) / f"spacetimepilot-{getpass.getuser()}"
