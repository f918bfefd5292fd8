"""Tensors in a safetensors file, each with a fingerprint of its own, so that one can be checked without the rest.

A safetensors file: eight bytes with the header's length, a JSON header, then raw tensors.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1", "U8": "|u1",
    "BOOL": "|b1",
}  # fmt: skip
"""What safetensors calls the types of arrays."""
LONGEST_HEADER = 100_000_000
_NAMES = {np.dtype(kind): name for name, kind in TYPES.items()}
_METADATA = "__metadata__"


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies: from byte `first` of the file to before byte `last`. `kind` is a name in TYPES."""

    kind: str
    shape: tuple[int, ...]
    first: int
    last: int

    def array(self, data: bytes | bytearray) -> Array:
        """The tensor whose bytes are `data`; it shares their memory."""
        return np.frombuffer(data, dtype=TYPES[self.kind]).reshape(self.shape)


def read_entries(stream: IO[bytes]) -> tuple[dict[str, Any], dict[str, Entry]]:
    """The metadata and where each tensor lies.

    Raises
    ------
    ValueError
        If this is no safetensors file, or its header is damaged.
    """
    length = header_length(stream)
    try:
        document = json.loads(stream.read(length))
        metadata = document.pop(_METADATA, None) or {}
        return metadata, {name: _entry(entry, 8 + length) for name, entry in document.items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"its header makes no sense ({error!r})") from error


def header_length(stream: IO[bytes]) -> int:
    """Bytes of the JSON header, at whose first the stream is then.

    Raises
    ------
    ValueError
        If this is no safetensors file, or it ends within its header.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    start = stream.read(8)
    length = int(struct.unpack("<Q", start)[0]) if len(start) == 8 else LONGEST_HEADER + 1
    if length > LONGEST_HEADER or length + 8 > size:
        raise ValueError("it is cut short")
    return length


def _entry(entry: dict[str, Any], start: int) -> Entry:
    kind, shape, (first, last) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    if kind not in TYPES or last - first != np.dtype(TYPES[kind]).itemsize * int(np.prod(shape, dtype=np.int64)):
        raise ValueError("a tensor is not as large as its shape says")
    return Entry(kind, shape, start + first, start + last)


def fingerprint(array: Array) -> str:
    """SHA-256, hexadecimal, over type, shape and bytes of a tensor."""
    return fingerprint_of(kind_of(array), array.shape, _bytes(array).data)


def fingerprint_of(kind: str, shape: tuple[int, ...], data: bytes | bytearray | memoryview) -> str:
    """As `fingerprint`, of a tensor that is still bytes."""
    digest = hashlib.sha256(f"{kind} {list(shape)}\n".encode())
    digest.update(data)
    return digest.hexdigest()


def kind_of(array: Array) -> str:
    """What safetensors calls an array's type."""
    return _NAMES[array.dtype]


def write_tensors(path: Path, metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> None:
    """Write a safetensors file; equal input gives equal bytes, and the metadata come first, in their order."""
    # The widest first, so that each begins where its type wants it.
    names = sorted(tensors, key=lambda name: (-tensors[name].itemsize, name))
    document: dict[str, Any] = {_METADATA: dict(metadata)}
    at = 0
    for name in names:
        array = tensors[name]
        document[name] = {"dtype": kind_of(array), "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text)
        for name in names:
            stream.write(_bytes(tensors[name]).data)


def _bytes(array: Array) -> NDArray[np.uint8]:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def first_text(stream: IO[bytes], key: str) -> str | None:
    """The text under `key`, if it is the first of the metadata and these are first in the header; None if it is not.

    What comes behind it, which grows with the number of tensors, is neither read nor checked.

    Raises
    ------
    ValueError
        As `header_length`.
    """
    length = header_length(stream)
    begin = json.dumps({_METADATA: {key: ""}}, separators=(",", ":"))[: -len('""}}')]
    for start in _starts(stream, length):
        if not start.startswith(begin):
            return None
        try:
            found, _ = json.JSONDecoder().raw_decode(start, len(begin))
        except ValueError:
            continue
        return found if isinstance(found, str) else None
    return None


def _starts(stream: IO[bytes], length: int, first: int = 1 << 15) -> Iterator[str]:
    """Ever longer pieces of the header, from its start."""
    read = b""
    while len(read) < length:
        more = stream.read(min(max(len(read), first), length - len(read)))
        if not more:
            return
        read += more
        yield read.decode("ascii", errors="replace")
