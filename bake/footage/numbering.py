"""Times and cameras told by the names of pictures, for captures that say nothing else of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .capture import Entry
from .pictures import SUFFIXES
from .problems import Findings

_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
_SPARSEST = 50
"""Frames that a picture may stand for; names whose numbers lie further apart count something else than frames."""


@dataclass(frozen=True)
class Numbered:
    """What the name of a picture tells: the shot frame, and the camera that took it."""

    shot_frame: float
    stream: str


def by_name(names: Sequence[str], path: Path, findings: Findings) -> list[Numbered]:
    """Shot frames and cameras of pictures by their names, which use slashes; a note says what was taken for what.

    The last number in a picture's name is its shot frame. What else there is of the name, folders included, tells one
    camera from another, so `left/0001.png` and `cam2_0001.png` share an instant. Where the numbers of a camera are
    missing, equal or far apart, its pictures are counted in the order of their names.
    """
    streams: dict[str, list[str]] = defaultdict(list)
    for name in names:
        streams[_without_number(name)].append(name)
    found: dict[str, Numbered] = {}
    counted = False
    for stream, own in streams.items():
        numbers = [_number(name) for name in own]
        known = sorted(number for number in numbers if number is not None)
        usable = len(set(known)) == len(own) and known[-1] - known[0] < _SPARSEST * len(own)
        counted = counted or not usable
        order = dict(zip(sorted(own), range(len(own)), strict=True)) if not usable else {}
        for name, number in zip(own, numbers, strict=True):
            found[name] = Numbered(float(order[name] if number is None or not usable else number), stream)
    told = "the order of its pictures' names is" if counted else "the numbers in its pictures' names are"
    cameras = f", and their other parts for {len(streams)} cameras" if len(streams) > 1 else ""
    findings.note(f"it states no times; {told} taken for shot frames{cameras}", file=path)
    return [found[name] for name in names]


def in_order(entries: list[Entry]) -> tuple[Entry, ...]:
    """Entries by camera, then time: the order in which the files list them means nothing where names tell the time."""
    return tuple(sorted(entries, key=lambda entry: (entry.stream or "", entry.shot_frame or 0.0)))


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of a folder by name, without those that systems hide; none where there is no such folder."""
    if not folder.is_dir():
        return []
    files = (path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith("."))
    return sorted(files)


def _without_number(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return f"{folder}/{_LAST_NUMBER.sub('#', Path(file).stem)}"


def _number(name: str) -> int | None:
    match = _LAST_NUMBER.search(Path(name).stem)
    return int(match[0]) if match else None
