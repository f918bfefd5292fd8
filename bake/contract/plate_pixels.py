"""The pixels of a plate without a library that reads OpenEXR: for Blender's side, which has none at hand.

Reads what the worker writes: one part, scanlines, compressed by ZIP or not at all, channels of 16 or 32 bits.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import UserError

_MAGIC = 20000630
_KINDS: dict[int, np.dtype] = {1: np.dtype("<f2"), 2: np.dtype("<f4")}
_LINES = {0: 1, 2: 1, 3: 16}
"""Rows a block by the number of the compression: none, ZIP of one row, ZIP of sixteen."""


def read_pixels(path: Path) -> dict[str, NDArray[np.float32]]:
    """Every channel by its name, (H, W) float32, row 0 on top.

    Raises
    ------
    UserError
        If the file is missing, damaged, or not written as plates are.
    """
    try:
        data = path.read_bytes()
        return _pixels(data)
    except FileNotFoundError as error:
        raise UserError(f"There is no plate {path}.") from error
    except OSError as error:
        raise UserError(f"Cannot read the plate {path}: {error.strerror or error}.") from error
    except (ValueError, KeyError, IndexError, struct.error, zlib.error) as error:
        raise UserError(f"The plate {path} is damaged, or no plate.", "Delete it, so that it is made again.") from error


def _pixels(data: bytes) -> dict[str, NDArray[np.float32]]:
    magic, version = struct.unpack_from("<ii", data)
    if magic != _MAGIC or version >> 8 & ~0x04:  # Long names are the one extension that makes no difference here.
        raise ValueError("not a picture of scanlines")
    header, position = _header(data, 8)
    left, top, right, bottom = struct.unpack("<4i", header["dataWindow"])
    width, height = right - left + 1, bottom - top + 1
    lines = _LINES[header["compression"][0]]
    channels = _channels(header["channels"])
    found = {name: np.empty((height, width), np.float32) for name, _ in channels}
    blocks = -(-height // lines)
    for offset in struct.unpack_from(f"<{blocks}Q", data, position):
        start, size = struct.unpack_from("<ii", data, offset)
        row = start - top
        count = min(lines, height - row)
        length = count * width * sum(kind.itemsize for _, kind in channels)
        raw = _unpacked(data[offset + 8 : offset + 8 + size], length)
        _spread(raw, channels, row, count, width, found)
    return found


def _header(data: bytes, position: int) -> tuple[dict[str, bytes], int]:
    """Attributes by name, and where the table of blocks begins."""
    found = {}
    while data[position]:
        name, position = _word(data, position)
        _, position = _word(data, position)
        (size,) = struct.unpack_from("<i", data, position)
        found[name] = data[position + 4 : position + 4 + size]
        position += 4 + size
    return found, position + 1


def _channels(data: bytes) -> list[tuple[str, np.dtype]]:
    found: list[tuple[str, np.dtype]] = []
    position = 0
    while data[position]:
        name, position = _word(data, position)
        found.append((name, _KINDS[struct.unpack_from("<i", data, position)[0]]))
        position += 16
    return found


def _word(data: bytes, position: int) -> tuple[str, int]:
    end = data.index(b"\0", position)
    return data[position:end].decode(), end + 1


def _unpacked(block: bytes, length: int) -> bytes:
    """ZIP keeps differences of neighbouring bytes, the even ones first; what it cannot shrink it leaves as it is."""
    if len(block) == length:
        return block
    packed = np.frombuffer(zlib.decompress(block), np.uint8).astype(np.int64)
    if len(packed) != length:
        raise ValueError("a block of another length")
    packed[1:] -= 128
    flat = np.cumsum(packed).astype(np.uint8)
    half = (length + 1) // 2
    raw = np.empty(length, np.uint8)
    raw[0::2], raw[1::2] = flat[:half], flat[half:]
    return raw.tobytes()


def _spread(
    raw: bytes,
    channels: list[tuple[str, np.dtype]],
    row: int,
    count: int,
    width: int,
    found: dict[str, NDArray[np.float32]],
) -> None:
    """Row by row, and in each row channel by channel."""
    position = 0
    for line in range(row, row + count):
        for name, kind in channels:
            found[name][line] = np.frombuffer(raw, kind, width, position)
            position += width * kind.itemsize
