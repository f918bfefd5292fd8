"""The folder that a farm gets: its manifest, and where things lie in it.

FOLDER/shot.blend           renders in Blender without the extension
FOLDER/manifest.json        what is in the folder, for each plate and frame
FOLDER/plates/FIELD/...     a plain image sequence for each field, numbered by scene frame
FOLDER/volumes/FIELD/...    OpenVDB files for each field that is traced as a volume, numbered alike
FOLDER/light/...            meshes and pictures of fields that light and shade native objects
FOLDER/frames/              where the pictures go
FOLDER/*                    templates for farms, filled in
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .errors import UserError
from .files import read_json, write_json

MANIFEST = "manifest.json"
MANIFEST_FORMAT = 1
PLATES, VOLUMES, LIGHT, FIELDS, FRAMES = "plates", "volumes", "light", "fields", "frames"
_AGAIN = "Prepare the shot for the farm again."


@dataclass(frozen=True)
class FarmPlate:
    """One file of a sequence, of plates, deep pictures or volumes. `file` is relative to the folder, with slashes.

    `plate` is the plate's name by content and `request` what it answers, a message of `messages`; both are empty where
    the field is hidden and the file shows nothing. `shot_frame` is then None.
    """

    frame: int
    field: str
    file: str
    sha256: str
    plate: str = ""
    field_hash: str = ""
    shot_frame: float | None = None
    request: str = ""


@dataclass(frozen=True)
class FarmField:
    """A field that the shot shows; `file` is relative to the folder, empty where it could not be had."""

    file: str
    content_hash: str
    shot: str


@dataclass(frozen=True)
class FarmFile:
    """Another file that pictures depend on: of one scene frame, or of all where `frame` is None.

    `made` is its name by content, empty where it does not say one, and `field_hash` the content of the field it shows.
    """

    file: str
    sha256: str
    frame: int | None = None
    field: str = ""
    made: str = ""
    field_hash: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a farm's folder holds.

    `blend_sha256` makes each preparation one of its own, so that pictures of an earlier one are not taken for its.
    `volumes` are as `plates`; `request` is one for a volume. `deep` are the deep pictures of plates that have one.
    `files` are the paths of everything else that the .blend needs, as it names them.
    """

    blend: str
    scene: str
    frames: list[int]
    fields: dict[str, FarmField]
    plates: list[FarmPlate]
    blend_sha256: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    volumes: list[FarmPlate] = field(default_factory=list)
    light: list[FarmFile] = field(default_factory=list)
    deep: list[FarmPlate] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        """Write it; the last file that is written into a folder, so that what has one is complete."""
        write_json(folder / MANIFEST, {"format": MANIFEST_FORMAT, **asdict(self)})

    def of_frames(self, frames: Iterable[int] | None) -> list[FarmPlate]:
        """Its plates, or those of some frames."""
        wanted = None if frames is None else set(frames)
        return [plate for plate in self.plates if wanted is None or plate.frame in wanted]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a farm's folder.

    Raises
    ------
    UserError
        If it is missing, damaged, or of another format.
    """
    path = folder / MANIFEST
    document = read_json(path)
    try:
        number = document.pop("format")
        if number != MANIFEST_FORMAT:
            raise UserError(f"{path} has format {number}; this version reads format {MANIFEST_FORMAT}.", _AGAIN)
        fields = {name: FarmField(**one) for name, one in document.pop("fields").items()}
        plates = [FarmPlate(**one) for one in document.pop("plates")]
        volumes = [FarmPlate(**one) for one in document.pop("volumes", [])]
        light = [FarmFile(**one) for one in document.pop("light", [])]
        deep = [FarmPlate(**one) for one in document.pop("deep", [])]
        return Manifest(fields=fields, plates=plates, volumes=volumes, light=light, deep=deep, **document)
    except (AttributeError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no manifest of SpaceTimePilot, or it is damaged.", _AGAIN) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_frames(text: str) -> list[int]:
    """Frames of a text such as "1-10,15": ranges and single frames, in the order they are written.

    Raises
    ------
    ValueError
        If it is no such text.
    """
    frames: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        frames += range(int(first), int(last if dash else first) + 1)
    if not frames:
        raise ValueError(f"{text!r} names no frames")
    return frames


def frame_chunks(frames: list[int], size: int) -> list[str]:
    """Frames shared out among tasks, each task's as a text that `read_frames` reads."""
    parts = (frames[at : at + size] for at in range(0, len(frames), size))
    return [_written(part) for part in parts]


def _written(frames: list[int]) -> str:
    first, last = frames[0], frames[-1]
    if frames == list(range(first, last + 1)):
        return f"{first}-{last}" if len(frames) > 1 else str(first)
    return ",".join(map(str, frames))
