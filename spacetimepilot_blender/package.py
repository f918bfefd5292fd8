"""Where the extension lies and what it is called; Blender chooses both when it installs."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The extension's folder: it holds the worker's package `bake` too."""
NAME = __package__.rpartition(".")[0]
"""The add-on's module name, by which Blender keeps its preferences."""
DATA = Path(__file__).resolve().parent / "data"


def extension_version() -> str:
    """The version in the extension's manifest."""
    return str(tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))["version"])
