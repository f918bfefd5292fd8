"""Plates as plain image sequences in a farm's folder: hard links where the disk allows it, copies elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from ...bake.contract.errors import UserError
from ...bake.contract.farm_folder import (
    FIELDS,
    LIGHT,
    MANIFEST,
    PLATES,
    VOLUMES,
    FarmField,
    FarmFile,
    FarmPlate,
    read_manifest,
    sha256_of,
)
from ...bake.contract.field_file import SUFFIX, read_header
from ...bake.contract.files import written_aside
from ...bake.contract.made_file import receipt_in
from ...bake.contract.messages import PlateRequest, VolumeRequest, encode
from ...bake.contract.plate_layers import deep_file
from ...bake.contract.plate_receipt import without_places
from ..light.made_files import MadeFiles
from ..placing import clean, numbered, place
from ..plates.standing_plates import empty_plate
from .shot_plates import ShotPlates

EMPTY = f"{PLATES}/empty.exr"
"""Shows nothing; stands for fields that are not in the render."""


def sequence_file(field: str, frame: int) -> str:
    """Where the plate of a field for a scene frame lies in the folder."""
    name = clean(field)
    return f"{PLATES}/{name}/{numbered(name, frame, '.exr')}"


def place_plates(plates: ShotPlates, empty: Mapping[str, Path], folder: Path) -> list[FarmPlate]:
    """Put the plates of all frames into the folder.

    Parameters
    ----------
    empty : mapping of str to Path
        By field: the plate that stands where it is hidden, and shows nothing.

    Raises
    ------
    UserError
        If a file cannot be written.
    """
    _copy(empty_plate(None), folder / EMPTY)
    return [_place_one(plates, name, frame, own, folder) for name, own in empty.items() for frame in plates.frames]


def place_deep(plates: ShotPlates, folder: Path) -> list[FarmPlate]:
    """Put the deep pictures of those plates into the folder that have one, each beside its plate.

    Raises
    ------
    UserError
        If a file cannot be written.
    """
    return [
        _place_deep(frame, field, request, folder)
        for frame, row in plates.requests.items()
        for field, request in row.items()
        if request.layers is not None and request.layers.deep
    ]


def _place_deep(frame: int, field: str, request: PlateRequest, folder: Path) -> FarmPlate:
    file = deep_file(Path(sequence_file(field, frame))).as_posix()
    place(deep_file(Path(request.path)), folder / file)
    name, told = Path(request.path).stem, encode(without_places(request))
    return FarmPlate(frame, field, file, sha256_of(folder / file), name, request.content_hash, request.shot_frame, told)


def place_field(name: str, file: Path, content_hash: str, shot: str, folder: Path) -> FarmField:
    """Put a field's file into the folder, if it is there and the one that is meant.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    try:
        there = read_header(file).content_hash == content_hash
    except UserError:
        there = False
    placed = f"{FIELDS}/{clean(name)}{SUFFIX}" if there else ""
    if placed:
        place(file, folder / placed)
    return FarmField(placed, content_hash, shot)


def place_light(made: MadeFiles, field: str, frames: Iterable[int], folder: Path) -> list[FarmFile]:
    """Put what a field gives to native light into the folder, for some scene frames.

    Raises
    ------
    UserError
        If a file cannot be written.
    """
    placed = []
    for frame in [None] if made.still else frames:
        source = made.file(frame or 0)
        target = folder / LIGHT / made.folder.name / source.name
        place(source, target)
        file, told = target.relative_to(folder).as_posix(), receipt_in(target)
        own = (told.name, told.request.content_hash) if told is not None else ("", "")
        placed.append(FarmFile(file, sha256_of(target), frame, field, *own))
    return placed


def clear_former(folder: Path) -> None:
    """Take away what an earlier preparation has put into the folder, its manifest first; pictures stay."""
    try:
        former = read_manifest(folder)
    except UserError:
        return
    (folder / MANIFEST).unlink(missing_ok=True)
    for file in (one.file for one in (*former.plates, *former.deep, *former.volumes, *former.light)):
        parts = PurePosixPath(file).parts
        if parts[0] in (PLATES, VOLUMES, LIGHT) and ".." not in parts:
            with suppress(OSError):
                (folder / file).unlink()


def _place_one(plates: ShotPlates, field: str, frame: int, empty: Path, folder: Path) -> FarmPlate:
    file = sequence_file(field, frame)
    request: PlateRequest | None = plates.requests.get(frame, {}).get(field)
    if request is None:
        _copy(empty, folder / file)
        return FarmPlate(frame, field, file, sha256_of(folder / file))
    return place_made(frame, field, file, request, encode(without_places(request)), folder)


def place_made(
    frame: int, field: str, file: str, request: PlateRequest | VolumeRequest, told: str, folder: Path
) -> FarmPlate:
    """Put what was made for a request into the folder, as `file`; `told` is the request without its places.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    place(Path(request.path), folder / file)
    return FarmPlate(
        frame,
        field,
        file,
        sha256_of(folder / file),
        plate=Path(request.path).stem,
        field_hash=request.content_hash,
        shot_frame=request.shot_frame,
        request=told,
    )


def _copy(source: Path, target: Path) -> None:
    with written_aside(target) as aside:
        shutil.copyfile(source, aside)
