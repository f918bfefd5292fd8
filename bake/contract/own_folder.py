"""Where this user's bakes are known on this machine: one folder for every Blender and every shell."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

VARIABLE = "SPACETIMEPILOT_HOME"


def own_folder() -> Path:
    """The folder; it need not exist. Homes that several machines share hold one for each of them."""
    named = os.environ.get(VARIABLE, "")
    return (Path(named) if named else _usual()) / (platform.node() or "machine")


def _usual() -> Path:
    try:
        home = Path.home()
    except RuntimeError:  # A service's user may have no home.
        return Path(tempfile.gettempdir()) / "spacetimepilot"
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData/Local") / "SpaceTimePilot"
    if sys.platform == "darwin":
        return home / "Library/Application Support/SpaceTimePilot"
    return Path(os.environ.get("XDG_STATE_HOME") or home / ".local/state") / "spacetimepilot"
