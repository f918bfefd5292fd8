"""What an OpenVDB file says of itself, read without OpenVDB.

Source: `openvdb/io/File.cc`, `io/Archive.cc` and `MetaMap.cc`: a magic number, versions, whether there are offsets, a
UUID, then names, types and values. Files since format 222, of OpenVDB 3 to 12, are read.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO

from .errors import UserError

MAGIC = 0x56444220
OLDEST = 222
"""Of the format: since then each grid says how it is compressed, and each node what its inactive values are."""
_UUID = 36
_LONGEST = 1 << 28


def read_metadata(path: Path) -> dict[str, str]:
    """The texts among a file's metadata.

    Raises
    ------
    UserError
        If it cannot be read or is no OpenVDB file.
    """
    try:
        with path.open("rb") as stream:
            read_head(stream)
            return read_map(stream)
    except (OSError, ValueError) as error:
        raise UserError(f"The volume {path} cannot be read: {error}.") from error


def read_head(stream: IO[bytes]) -> None:
    """Pass over what comes before the metadata.

    Raises
    ------
    ValueError
        If the file is cut short, of another kind, or of a format that is not read here.
    """
    magic, version = numbers(stream, "qI")
    if magic != MAGIC:
        raise ValueError("it is no OpenVDB file")
    if version < OLDEST:
        raise ValueError(f"it has OpenVDB's format {version}, older than {OLDEST}")
    _, _, offsets = numbers(stream, "IIb")
    exactly(stream, _UUID)
    if not offsets:
        raise ValueError("it does not say where its grids are")


def read_map(stream: IO[bytes]) -> dict[str, str]:
    """Metadata as they follow in a file: the texts among them."""
    (count,) = numbers(stream, "I")
    found = {}
    for _ in range(count):
        name, kind = word(stream), word(stream)
        value = exactly(stream, numbers(stream, "I")[0])
        if kind == "string":
            found[name] = value.decode("utf-8", errors="replace")
    return found


def word(stream: IO[bytes]) -> str:
    """A text that follows in a file."""
    return exactly(stream, numbers(stream, "I")[0]).decode("utf-8", errors="replace")


def numbers(stream: IO[bytes], kinds: str) -> tuple[int, ...]:
    """Numbers that follow in a file, of the kinds that `struct` calls so."""
    return struct.unpack("<" + kinds, exactly(stream, struct.calcsize("<" + kinds)))


def exactly(stream: IO[bytes], length: int) -> bytes:
    """So many of the bytes that follow.

    Raises
    ------
    ValueError
        If there are fewer.
    """
    if length > _LONGEST:
        raise ValueError("it is damaged")
    found = stream.read(length)
    if len(found) < length:
        raise ValueError("it is cut short")
    return found
