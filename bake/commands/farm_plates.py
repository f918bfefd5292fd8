"""What `plates` and `verify` share: the plates of a farm's folder, and the field files that they need."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from ..contract.errors import UserError
from ..contract.farm_folder import MANIFEST, Manifest, read_frames, read_manifest
from ..contract.field_file import read_header


def add_farm_options(parser: argparse.ArgumentParser) -> None:
    """--frames and --field."""
    parser.add_argument(
        "--frames", type=_frames, metavar="1-10,15", help="only the plates of these scene frames of a farm's folder"
    )
    parser.add_argument(
        "--field",
        type=Path,
        action="append",
        default=[],
        metavar="SHOT.stp",
        help="a field file, where it is not where the folder's manifest says; may be given several times",
    )


class FieldFiles:
    """Field files by their content. Those that are given come before those that manifests name."""

    def __init__(self, given: Iterable[Path]) -> None:
        self._paths = {read_header(path).content_hash: path for path in given}

    def add(self, folder: Path, manifest: Manifest) -> None:
        """Take in those of a folder's manifest that are there and unchanged."""
        for field in manifest.fields.values():
            if field.content_hash in self._paths or not field.file:
                continue
            try:
                header = read_header(folder / field.file)
            except UserError:
                continue
            self._paths.setdefault(header.content_hash, folder / field.file)

    def find(self, content_hash: str, shot: str = "") -> Path:
        """The file that holds a field.

        Raises
        ------
        UserError
            If there is none.
        """
        if content_hash not in self._paths:
            named = f"of {shot} " if shot else ""
            raise UserError(
                f"The field file {named}with the content {content_hash[:12]}... is not here, or was baked again.",
                "Name it with --field.",
            )
        return self._paths[content_hash]


def manifest_of(path: Path) -> Manifest | None:
    """The manifest of a folder, or None if it has none: a plain folder of plates."""
    return read_manifest(path) if (path / MANIFEST).exists() else None


def _frames(text: str) -> list[int]:
    try:
        return read_frames(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of frames such as 1-10,15") from error
