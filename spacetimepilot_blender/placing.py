"""Where files that are made for scene frames go, and files under a second name."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from ..bake.contract.files import written_aside


def place(source: Path, target: Path) -> None:
    """Let a file lie at another place too, in place of what may be there: a hard link, or a copy where there are none.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    with written_aside(target) as aside:
        try:
            os.link(source, aside)
        except OSError:
            shutil.copyfile(source, aside)


def numbered(stem: str, frame: int, suffix: str) -> str:
    """Name of a sequence's file for a scene frame, as Blender counts them."""
    return f"{stem}_{frame:04d}{suffix}"


def folder_named(word: str, decides: str) -> str:
    """Name of a folder whose files are decided by a text: other files are in another folder."""
    return f"{word}_{hashlib.sha256(decides.encode()).hexdigest()[:12]}"


def clean(name: str) -> str:
    """An object's name as part of a file's; different names stay different."""
    return re.sub(r"[^A-Za-z0-9_]", lambda match: f"-{ord(match[0]):x}-", name)
