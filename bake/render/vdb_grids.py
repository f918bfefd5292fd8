"""Voxels of the grids in an OpenVDB file, read without OpenVDB, which the worker's Python does not have.

Trees of 32, 16 and 8 nodes along an edge are read, as all of Blender's grids are, compressed as OpenVDB does it by
itself. Source: `openvdb/io/Compression.h`, `tree/RootNode.h`, `InternalNode.h`, `LeafNode.h`; for Blosc
`README_CHUNK_FORMAT.rst` of c-blosc, for LZ4 `lz4_Block_format.md`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import UserError
from ..contract.vdb_header import exactly, numbers, read_head, read_map, word

LEAF = 8
_EDGES = (32, 16, LEAF)
"""Children, or voxels, along the edge of a node: two kinds of inner nodes, and leaves."""
_HALF = "_HalfFloat"
_VALUES = {"Tree_float_5_4_3": 1, "Tree_vec3s_5_4_3": 3}
_MAPS = {"UniformScaleMap": 15, "ScaleMap": 15, "UniformScaleTranslateMap": 18, "ScaleTranslateMap": 18}
"""Doubles that a kind of transform has; the first ones are its translation, where it has one, then its scale."""
_ZIP, _MASKED, _BLOSC = 1, 2, 4
_DAMAGED = (ValueError, IndexError, struct.error, zlib.error)


@dataclass(frozen=True, eq=False)
class VdbGrid:
    """What is active in a grid.

    origins : (B, 3) int64, number of each block's first voxel.
    blocks : (B,) what gives each block's values.
    width : numbers that a voxel has.
    edge, first : of a voxel, and the middle of voxel 0, in the grid's own space.
    """

    origins: NDArray[np.int64]
    blocks: Sequence[Callable[[], NDArray[np.float32]]]
    width: int
    edge: float
    first: tuple[float, float, float]

    def values(self, chosen: Iterable[int]) -> NDArray[np.float32]:
        """(N, 8, 8, 8, C) float32 of some blocks, axes x, y, z; 0 where nothing is active.

        Raises
        ------
        UserError
            If they are damaged.
        """
        try:
            found = [self.blocks[number]() for number in chosen]
        except _DAMAGED as error:
            raise UserError(f"its voxels are damaged: {error}") from error
        return np.array(found, np.float32).reshape(-1, *(LEAF,) * 3, self.width)


def read_grids(path: Path) -> dict[str, VdbGrid]:
    """The grids of a file, by name.

    Raises
    ------
    UserError
        If it is no OpenVDB file, damaged, or holds what is not read here.
    """
    try:
        with path.open("rb") as stream:
            read_head(stream)
            read_map(stream)
            found = {}
            for _ in range(numbers(stream, "I")[0]):
                name, kind, parent = word(stream), word(stream), word(stream)
                start, _, end = numbers(stream, "qqq")
                if parent or kind.removesuffix(_HALF) not in _VALUES:
                    raise ValueError(f"its grid {name} is a {kind}, which is not read")
                stream.seek(start)
                found[name.partition("\x1e")[0]] = _Reader(stream, kind).grid()
                stream.seek(end)
            return found
    except (OSError, *_DAMAGED) as error:
        raise UserError(f"The volume {path} cannot be read: {error}.", "Make it again.") from error


class _Reader:
    """Reads the grid at which a stream stands."""

    def __init__(self, stream: IO[bytes], kind: str) -> None:
        self._stream = stream
        self._width = _VALUES[kind.removesuffix(_HALF)]
        self._type = np.dtype(np.float16 if kind.endswith(_HALF) else np.float32)

    def grid(self) -> VdbGrid:
        (self._compression,) = numbers(self._stream, "I")
        read_map(self._stream)
        edge, first = self._transform()
        # How many buffers leaves have: always one.
        numbers(self._stream, "I")
        self._background = self._value()
        tiles, children = numbers(self._stream, "II")
        self._blocks: list[tuple[NDArray[np.int64], Callable[[], NDArray[np.float32]]]] = []
        self._leaves: list[NDArray[np.int64]] = []
        for _ in range(tiles):
            numbers(self._stream, "iii")
            if self._value().any() or numbers(self._stream, "b")[0]:
                raise ValueError("it has tiles of a size that is not read")
        for _ in range(children):
            self._inner(np.array(numbers(self._stream, "iii")), 0)
        for origin in self._leaves:
            self._blocks.append((origin, self._values(self._mask(LEAF), LEAF)))
        origins = np.array([origin for origin, _ in self._blocks], np.int64).reshape(-1, 3)
        return VdbGrid(origins, [block for _, block in self._blocks], self._width, edge, first)

    def _transform(self) -> tuple[float, tuple[float, float, float]]:
        kind = word(self._stream)
        if kind not in _MAPS:
            raise ValueError(f"its transform is a {kind}, which is not read")
        told = np.frombuffer(exactly(self._stream, 8 * _MAPS[kind]), "<f8")
        moved = told[:3] if "Translate" in kind else np.zeros(3)
        x, y, z = (float(value) for value in moved)
        return float(told[3 if "Translate" in kind else 0]), (x, y, z)

    def _inner(self, origin: NDArray[np.int64], level: int) -> None:
        """An inner node and all below it, but for the voxels of leaves, which come after all nodes."""
        edge, below = _EDGES[level], int(np.prod(_EDGES[level + 1 :]))
        children, active = self._mask(edge), self._mask(edge)
        values = self._values(active, edge)()
        for number in np.flatnonzero(children | active):
            own = origin + below * np.array(np.unravel_index(number, (edge,) * 3))
            if not children[number]:
                self._tile(own, values[number], below)
            elif level == 0:
                self._inner(own, 1)
            else:
                self._mask(LEAF)
                self._leaves.append(own)

    def _tile(self, origin: NDArray[np.int64], value: NDArray[np.float32], edge: int) -> None:
        """What is the same in a whole node."""
        if edge > LEAF:
            raise ValueError("it has tiles of a size that is not read")
        self._blocks.append((origin, lambda: np.tile(value, (LEAF**3, 1))))

    def _mask(self, edge: int) -> NDArray[np.bool_]:
        bits = np.frombuffer(exactly(self._stream, edge**3 // 8), np.uint8)
        return np.unpackbits(bits, bitorder="little").astype(bool)

    def _value(self) -> NDArray[np.float32]:
        return np.frombuffer(exactly(self._stream, 4 * self._width), "<f4")

    def _values(self, active: NDArray[np.bool_], edge: int) -> Callable[[], NDArray[np.float32]]:
        """Pass over a node's values; what gives them, (edge^3, C) float32, 0 where nothing is active.

        A byte says what inactive values are (3 to 5: also which of two each is), and whether all values follow (6).
        """
        (told,) = numbers(self._stream, "b")
        if told in (2, 4, 5):
            self._value()
        if told == 5:
            self._value()
        if told in (3, 4, 5):
            self._mask(edge)
        masked = bool(self._compression & _MASKED) and told != 6
        count = int(active.sum()) if masked else edge**3
        data, packed = self._data(count)

        def unpacked() -> NDArray[np.float32]:
            plain = data
            if packed:
                plain = unblosc(data) if self._compression & _BLOSC else zlib.decompress(data)
            found = np.frombuffer(plain, self._type, count * self._width).reshape(count, self._width)
            values = np.zeros((edge**3, self._width), np.float32)
            values[active] = found if masked else found[active]
            return values

        return unpacked

    def _data(self, count: int) -> tuple[bytes, bool]:
        """The bytes of so many values, and whether they are packed."""
        size = count * self._width * self._type.itemsize
        if not count and self._type == np.float16:
            return b"", False
        if not self._compression & (_ZIP | _BLOSC):
            return exactly(self._stream, size), False
        (length,) = numbers(self._stream, "q")
        return exactly(self._stream, abs(length)), length > 0


def unblosc(data: bytes) -> bytes:
    """What a chunk of Blosc 1 holds.

    Raises
    ------
    ValueError
        If it is damaged or compressed by something other than LZ4 and zlib.
    """
    flags, width, size, block, _ = struct.unpack_from("<BBIII", data, 2)
    if flags & 2:
        return data[16 : 16 + size]
    inflate = {1: _unlz4, 3: lambda part, _: zlib.decompress(part)}.get(flags >> 5)
    if inflate is None or flags & 4:
        raise ValueError("its compression is not read")
    whole = bytearray()
    for number in range(-(-size // block)):
        (at,) = struct.unpack_from("<I", data, 16 + 4 * number)
        length = min(block, size - number * block)
        parts = 1 if flags & 16 or length < block else width
        found = bytearray()
        for _ in range(parts):
            (packed,) = struct.unpack_from("<I", data, at)
            part, at = data[at + 4 : at + 4 + packed], at + 4 + packed
            found += part if packed == length // parts else inflate(part, length // parts)
        whole += _unshuffled(bytes(found), width) if flags & 1 and width > 1 else found
    return bytes(whole)


def _unshuffled(data: bytes, width: int) -> bytes:
    count = len(data) // width
    planes = np.frombuffer(data, np.uint8, count * width).reshape(width, count)
    return planes.T.tobytes() + data[count * width :]


def _unlz4(data: bytes, size: int) -> bytes:
    found, at = bytearray(), 0
    while at < len(data):
        token, at = data[at], at + 1
        length, at = _length(data, at, token >> 4)
        found += data[at : at + length]
        at += length
        if at >= len(data):
            break
        back, at = data[at] | data[at + 1] << 8, at + 2
        length, at = _length(data, at, token & 15)
        length += 4
        if not 0 < back <= len(found):
            raise ValueError("it is damaged")
        piece = found[-back:]
        found += (piece * (length // back + 1))[:length]
    if len(found) != size:
        raise ValueError("it is damaged")
    return bytes(found)


def _length(data: bytes, at: int, length: int) -> tuple[int, int]:
    """A length of which four bits are known, and where reading goes on."""
    if length == 15:
        while True:
            more, at = data[at], at + 1
            length += more
            if more != 255:
                break
    return length, at
