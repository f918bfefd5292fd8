"""Which camera filmed what, by names alone."""

from __future__ import annotations

import re
from collections.abc import Sequence


def matches(footage: str, camera: str) -> bool:
    """Whether the words of a camera's name stand side by side in the footage's: `CamA` filmed `sh010_camA_v2`."""
    wanted, there = _words(camera), _words(footage)
    starts = range(len(there) - len(wanted) + 1)
    return bool(wanted) and any(there[start : start + len(wanted)] == wanted for start in starts)


def camera_of(footage: str, cameras: Sequence[str]) -> str | None:
    """The camera that footage is named after: of several the one whose name says most; None where that is not one."""
    found = sorted((name for name in cameras if matches(footage, name)), key=lambda name: len(_words(name)))
    if len(found) > 1 and len(_words(found[-1])) == len(_words(found[-2])):
        return None
    return found[-1] if found else None


def _words(name: str) -> list[str]:
    return re.findall(r"\d+|[^\W\d_]+", name.casefold())
