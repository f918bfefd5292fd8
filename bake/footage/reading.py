"""From a path to a `Shot`: finds out what kind of footage it is, reads it and checks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..contract.colour_spaces import NOBODY_SAYS, Recorded
from ..contract.errors import UserError
from . import colmap, described, llff, nerfies, qualisys, transforms
from .capture import Capture, Purpose
from .captured import examine_capture
from .colour import settled
from .numbering import pictures_in
from .problems import Findings, FootageError, Problem
from .shot import Shot
from .video import SUFFIXES as VIDEO_SUFFIXES

_GIVE = (
    "Give a transforms.json, a shot description, a COLMAP model, a Nerfies or HyperNeRF dataset, poses_bounds.npy or a "
    "Qualisys calibration, or the folder of one."
)


@dataclass(frozen=True)
class _Kind:
    """A kind of footage: what people call it, how it is known, and how it is read.

    `find` gives the file or folder by which footage of this kind is known, or None. Exactly one of the readers is
    there; a capture still has to be met with its pictures.
    """

    name: str
    find: Callable[[Path], Path | None]
    capture: Callable[[Path, Purpose, Findings], Capture] | None = None
    shot: Callable[[Path, Purpose, Findings], Shot] | None = None


_KINDS = (
    _Kind("transforms.json (nerfstudio, instant-ngp, D-NeRF)", transforms.find, transforms.read),
    _Kind("shot description (Blender)", described.find, shot=described.examine_description),
    _Kind("Nerfies or HyperNeRF dataset", nerfies.find, nerfies.read),
    _Kind("LLFF poses (poses_bounds.npy)", llff.find, llff.read),
    _Kind("COLMAP model", colmap.find, colmap.read),
    _Kind("Qualisys calibration with videos", qualisys.find, qualisys.read),
)
"""Where a folder is of several kinds, the first wins: what states times stands before what does not."""


@dataclass(frozen=True)
class Examination:
    """What a look at footage has shown. `shot` is None exactly where there are problems."""

    source: Path
    kind: str
    shot: Shot | None
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def examine(
    path: Path,
    purpose: Purpose = Purpose.BAKE,
    extent: tuple[float, float] | None = None,
    recorded: Recorded = NOBODY_SAYS,
) -> Examination:
    """Read footage and report everything that is wrong with it.

    Parameters
    ----------
    path : Path
        A file or folder of one of the kinds in the table above.
    extent : (first, last) or None
        Shot frames that the times 0 and 1 of a transforms file mean; None to find them in the file itself.
    recorded : Recorded
        What the footage was recorded in.

    Raises
    ------
    UserError
        If there is no footage at `path` at all, it is not readable as any known kind, or its colour space is not known.
    """
    (kind, source), *others = _recognised(path)
    findings = Findings()
    for other, place in others:
        findings.note(f"it is read as {kind.name}; name {place} to read its {other.name} instead", file=source)
    if kind.shot is not None:
        shot = kind.shot(source, purpose, findings)
    else:
        assert kind.capture is not None
        capture = kind.capture(source, purpose, findings)
        shot = examine_capture(capture, findings, strict=purpose is Purpose.BAKE, extent=extent)
    sound = None if findings.problems else settled(shot, recorded)
    return Examination(source, kind.name, sound, tuple(findings.problems), tuple(findings.notes))


def read_shot(
    path: Path,
    purpose: Purpose = Purpose.BAKE,
    extent: tuple[float, float] | None = None,
    recorded: Recorded = NOBODY_SAYS,
) -> Shot:
    """Read footage that is fit for its purpose; parameters as `examine`.

    Raises
    ------
    FootageError
        With the list of everything that is wrong.
    UserError
        If there is no footage at `path` at all, it is not readable as any known kind, or its colour space is not known.
    """
    examination = examine(path, purpose, extent, recorded)
    if examination.shot is None:
        raise FootageError(str(examination.source), list(examination.problems))
    return examination.shot


def _recognised(path: Path) -> list[tuple[_Kind, Path]]:
    """Every kind of footage that is found at `path`, at least one."""
    if not path.exists():
        raise UserError(f"There is no footage {path}.", _GIVE)
    found = [(kind, place) for kind in _KINDS if (place := kind.find(path)) is not None]
    if found:
        return found
    solve = f'Find its cameras first: python -m bake solve "{path}" -o FOLDER'
    if path.is_dir():
        if pictures_in(path):
            raise UserError(f"The folder {path} holds pictures, but no cameras.", solve)
        raise UserError(f"The folder {path} holds no transforms.json and no other footage that is known.", _GIVE)
    if path.suffix.lower() in VIDEO_SUFFIXES:
        raise UserError(f"{path} is a video without cameras.", solve)
    raise UserError(f"{path} is no footage of a known kind.", _GIVE)
