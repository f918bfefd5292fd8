"""Imports every module of the installed extension that Blender's side consists of."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Any

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"
HOST = ("spacetimepilot_blender", "operators", "panels", "bake.contract")
HEAVY = ("torch", "cv2", "numba", "PIL", "safetensors", "skimage", "OpenEXR", "flip_evaluator", "matplotlib")


def main() -> dict[str, Any]:
    """Names of the imported modules, and which of the worker's packages came along."""
    root = Path(str(sys.modules[EXTENSION].__file__)).parent
    names = []
    for room in HOST:
        folder = root / room.replace(".", "/")
        if folder.is_dir():
            found = pkgutil.walk_packages([str(folder)], f"{EXTENSION}.{room}.")
            names += [f"{EXTENSION}.{room}", *(module.name for module in found)]
    for name in names:
        importlib.import_module(name)
    return {
        "imported": [name.removeprefix(f"{EXTENSION}.") for name in names],
        "heavy": [name for name in HEAVY if name in sys.modules],
        "worker": sorted(
            name
            for name in sys.modules
            if name.startswith(f"{EXTENSION}.bake.") and not name.startswith(f"{EXTENSION}.bake.contract")
        ),
    }
