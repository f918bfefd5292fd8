"""Files beside the .blend that it needs: where they are said to lie, and whether they are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

_KINDS = (
    ("images", "image"),
    ("libraries", "library"),
    ("movieclips", "movie clip"),
    ("sounds", "sound"),
    ("fonts", "font"),
    ("volumes", "volume"),
    ("cache_files", "cache file"),
)
_WITHOUT_FILE = {"GENERATED", "VIEWER"}


@dataclass(frozen=True)
class ExternalFile:
    """A file that a data-block names. `written` is the path as the .blend has it, `path` where that is here."""

    owner: str
    written: str
    path: Path

    @property
    def absolute(self) -> bool:
        """Whether the path holds only where the file lies at the same place."""
        return not self.written.startswith("//")

    @property
    def fault(self) -> str:
        """What is wrong with the file, as the end of a sentence; "" if it can be read."""
        try:
            with self.path.open("rb") as stream:
                stream.read(1)
        except FileNotFoundError:
            return "is missing"
        except OSError as error:
            return f"cannot be read: {error.strerror or error}"
        return ""


def external_files(ours: set[bpy.types.ID]) -> Iterator[ExternalFile]:
    """Every file that the .blend needs, but for plates and volumes of fields, which are `ours`."""
    for name, kind in _KINDS:
        for block in getattr(bpy.data, name):
            if block in ours or not _needs_file(block):
                continue
            written = block.filepath
            library = None if kind == "library" else block.library
            path = Path(bpy.path.abspath(_one_of(block, written), library=library))
            yield ExternalFile(f"{kind} {block.name}", written, path)


def _needs_file(block: bpy.types.ID) -> bool:
    if not block.filepath or block.filepath == "<builtin>" or getattr(block, "packed_file", None) is not None:
        return False
    return bool(block.users) and getattr(block, "source", "") not in _WITHOUT_FILE


def _one_of(block: bpy.types.ID, path: str) -> str:
    """A path that exists if all is well: of the tiles of an image the first."""
    if getattr(block, "source", "") != "TILED":
        return path
    number = block.tiles[0].number
    return re.sub("<UDIM>", str(number), path).replace(
        "<UVTILE>", f"u{(number - 1001) % 10 + 1}_v{(number - 1001) // 10 + 1}"
    )
