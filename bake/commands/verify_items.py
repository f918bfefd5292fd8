"""What there is to verify: the files of a farm's folder by its manifest, of any other folder by their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..contract.farm_folder import Manifest
from ..contract.made_file import SUFFIXES
from .farm_plates import FieldFiles, manifest_of


@dataclass(frozen=True)
class Item:
    """A file to look at; `name` and `content_hash` as `made_fault` takes them, `sha256` of one that says nothing."""

    path: Path
    name: str = ""
    content_hash: str = ""
    field: str = ""
    sha256: str = ""


def items_in(path: Path, frames: list[int] | None, files: FieldFiles) -> Iterator[Item]:
    """What to look at in a folder, or a file itself; `files` gets the fields of a farm's folder.

    Raises
    ------
    UserError
        If a folder's manifest is damaged.
    """
    if not path.is_dir():
        yield Item(path)
        return
    manifest = manifest_of(path)
    if manifest is None:
        yield from (Item(file) for file in sorted(path.glob("[!.]*")) if file.suffix in SUFFIXES)
        return
    files.add(path, manifest)
    yield from _prepared(path, manifest, None if frames is None else set(frames))


def _prepared(folder: Path, manifest: Manifest, frames: set[int] | None) -> Iterator[Item]:
    for made in (*manifest.plates, *manifest.deep, *manifest.volumes):
        if frames is None or made.frame in frames:
            sha256 = "" if made.plate else made.sha256
            yield Item(folder / made.file, made.plate, made.field_hash, made.field, sha256)
    for light in manifest.light:
        if frames is None or light.frame is None or light.frame in frames:
            sha256 = "" if light.made else light.sha256
            yield Item(folder / light.file, light.made, light.field_hash, light.field, sha256)
