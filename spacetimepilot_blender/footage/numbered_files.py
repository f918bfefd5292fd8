"""Image sequences by their names, counted as Blender counts: by the last digits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ...bake.contract.errors import UserError

_NUMBER = re.compile(r"(.*?)(\d+)(\D*)")


def number_in_name(path: Path) -> int:
    """The number of a picture, 0 where its name has none."""
    match = _NUMBER.fullmatch(path.stem)
    return int(match[2]) if match else 0


def numbered(first: Path, number: int) -> Path:
    """Picture `number`, from 0, of the sequence that `first` begins.

    Raises
    ------
    UserError
        If the name has no number to count on.
    """
    match = _NUMBER.fullmatch(first.stem)
    if match is None:
        if number:
            raise UserError(f"The picture {first} has no number in its name, so it is no image sequence.")
        return first
    head, digits, tail = match.groups()
    return first.with_name(f"{head}{int(digits) + number:0{len(digits)}d}{tail}{first.suffix}")


def first_of_each(paths: Iterable[Path], movies: frozenset[str]) -> dict[Path, str]:
    """The first picture of each sequence among `paths`, and every movie; each with its name without number and ending.

    Parameters
    ----------
    movies : frozenset of str
        Endings of names that are movies, small letters, with the dot.
    """
    found: dict[tuple[Path, str, str], Path] = {}
    for path in sorted(paths, key=lambda path: (path.parent, number_in_name(path), path.name)):
        name = path.stem if path.suffix.lower() in movies else sequence_name(path)
        found.setdefault((path.parent, name, path.suffix.lower()), path)
    # Pictures that are named by numbers alone are named after their folder.
    named = {path: name or path.parent.name for (_, name, _), path in found.items()}
    return dict(sorted(named.items(), key=lambda item: (item[1], item[0])))


def sequence_name(path: Path) -> str:
    """A picture's name without its number and its ending: `shot_0012.png` is of `shot`."""
    match = _NUMBER.fullmatch(path.stem)
    return f"{match[1].rstrip(' ._-')}{match[3]}" if match else path.stem
