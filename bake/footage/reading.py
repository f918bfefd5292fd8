"""From a path to a `Shot`: finds out what kind of footage it is, reads it and checks it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..contract.errors import UserError
from ..contract.files import read_json
from ..contract.shot_description import FORMAT, SUFFIX
from .captured import examine_transforms
from .described import examine_description
from .problems import Findings, FootageError, Problem
from .shot import Shot
from .transforms import FILE_NAMES


class Purpose(StrEnum):
    """What the footage is for, which decides what is asked of it."""

    BAKE = "bake"
    TRUTH = "truth"
    """To compare pictures with; a single frame will do, in any order."""


@dataclass(frozen=True)
class Examination:
    """What a look at footage has shown. `shot` is None exactly where there are problems."""

    source: Path
    shot: Shot | None
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def examine(path: Path, purpose: Purpose = Purpose.BAKE, extent: tuple[float, float] | None = None) -> Examination:
    """Read footage and report everything that is wrong with it.

    Parameters
    ----------
    path : Path
        A `transforms*.json`, a folder that holds one, or a shot description exported by Blender.
    extent : (first, last) or None
        Shot frames that the times 0 and 1 of a transforms file mean; None to find them in the file itself.

    Raises
    ------
    UserError
        If there is no footage at `path` at all, or it is not readable as any known kind.
    """
    source = _source(path)
    findings = Findings()
    document = read_json(source)
    described = isinstance(document, dict) and document.get("format") == FORMAT
    if described or source.name.endswith(SUFFIX):
        shot = examine_description(source, findings, strict=purpose is Purpose.BAKE)
    else:
        shot = examine_transforms(source, findings, strict=purpose is Purpose.BAKE, extent=extent)
    return Examination(source, None if findings.problems else shot, tuple(findings.problems), tuple(findings.notes))


def read_shot(path: Path, purpose: Purpose = Purpose.BAKE, extent: tuple[float, float] | None = None) -> Shot:
    """Read footage that is fit for its purpose; parameters as `examine`.

    Raises
    ------
    FootageError
        With the list of everything that is wrong.
    UserError
        If there is no footage at `path` at all, or it is not readable as any known kind.
    """
    examination = examine(path, purpose, extent)
    if examination.shot is None:
        raise FootageError(str(examination.source), list(examination.problems))
    return examination.shot


def _source(path: Path) -> Path:
    if not path.is_dir():
        if not path.exists():
            raise UserError(
                f"There is no footage {path}.", "Give a transforms.json, its folder, or a shot description."
            )
        return path
    for name in FILE_NAMES:
        if (path / name).is_file():
            return path / name
    described = sorted(path.glob(f"*{SUFFIX}"))
    if len(described) == 1:
        return described[0]
    raise UserError(
        f"The folder {path} holds no transforms.json or transforms_train.json.",
        "Give a transforms.json, its folder, or a shot description.",
    )
