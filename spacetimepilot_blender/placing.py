"""Files under a second name: hard links where the disk allows it, copies elsewhere."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from ..bake.contract.files import written_aside


def place(source: Path, target: Path) -> None:
    """Let a file lie at another place too, in place of what may be there.

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


def clean(name: str) -> str:
    """An object's name as part of a file's; different names stay different."""
    return re.sub(r"[^A-Za-z0-9_]", lambda match: f"-{ord(match[0]):x}-", name)
