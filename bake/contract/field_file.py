"""The header of a field file (`.stp`), readable without the worker.

A field file is a safetensors file (see `tensor_file`). Our own description is one JSON text under
`__metadata__ / spacetimepilot`; what grows with the shot is not in it, so that it is read at once however long that is.
Under `__metadata__ / spacetimepilot_tensors`, another JSON text, `sha256` has each tensor's fingerprint by its name,
and `stored` tells of tensors that do not lie there as they are: by name, the description by which `packed_tensor`
unpacks the bytes that lie there instead.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .packed_tensor import Description, unpack
from .tensor_file import Array, fingerprint, fingerprint_of, first_text, header_length, read_entries, write_tensors

FORMAT_VERSION = 3
"""2: codes over time lie segment by segment, each a tensor of its own. 3: so do the parts of the occupancy, and each
tensor has a hash of its own."""
_READABLE = (2, FORMAT_VERSION)
METADATA_KEY = "spacetimepilot"
TENSORS_KEY = "spacetimepilot_tensors"
SUFFIX = ".stp"
_STEADY = math.cos(math.radians(2.0))
"""Cosine of the angle that a camera which does not leap may turn by from one picture to the next at any rate."""


@dataclass(frozen=True)
class FieldHeader:
    """What a field file says of itself.

    Lengths are in capture units, times in shot frames. `metres_per_unit` makes capture units metres. `bounds` is the
    region that the footage describes well: where the subject is; an opaque shot goes on beyond it.
    """

    shot: str
    fps: float
    first_frame: float
    last_frame: float
    frame_count: int
    """How many pictures the bake has seen."""
    bounds: tuple[tuple[float, float, float], tuple[float, float, float]]
    """Lower and upper corner, capture space."""
    opaque: bool
    """Whether the footage fills its frames (a real plate) or came with alpha (a subject alone)."""
    metres_per_unit: float = 1.0
    colour_space: str = "sRGB"
    """What the footage was recorded in, for people; what the field's own colours stand for is said in `model`, under
    `encoding`, where it is not sRGB (see `contract.colour.Encoding`)."""
    content_hash: str = ""
    """SHA-256 over this header without the hash and over the hashes of all tensors, hexadecimal."""
    model: dict[str, Any] = field(default_factory=dict)
    """Sizes of the networks; what rebuilds them."""
    training: dict[str, Any] = field(default_factory=dict)
    """Settings of the bake and what it reached: preset, seed, device, steps, seconds, psnr (of held-out rays, dB),
    hold_out (every Nth frame was not baked; 0: all were), sensor (whether the exposure of each picture was found),
    histogram (whether its histogram might help), exposures_measured (whether neighbouring pictures told instead),
    robust (whether noise and faults were looked for), noise (what was found, in older files alone, see `found_noise`),
    fast_motion (see `contract.fast_motion`; null where nobody looked),
    adaptive, precision (as asked for; full_precision in older files), history (one list a figure, see
    `training.history`).
    """
    software: dict[str, str] = field(default_factory=dict)
    """Package name to version."""

    def to_metadata(self, size: int | None = None) -> dict[str, str]:
        """The safetensors metadata that `read_header` reads; `size` is how many bytes follow the file's header."""
        document = {"format_version": FORMAT_VERSION, **asdict(self)}
        if size is not None:
            document["size"] = size
        return {METADATA_KEY: json.dumps(document, sort_keys=True)}


def read_header(path: Path) -> FieldHeader:
    """Read and check the header of a field file; the tensors are not touched.

    Raises
    ------
    UserError
        If the file is missing, cut short, not a field file, or of a version that this software does not know.
    """
    with _opened(path) as stream:
        text = first_text(stream, METADATA_KEY)
        document = None if text is None else _document(path, text)
        if document is not None and "size" in document:
            start = 8 + header_length(stream)
            _demand_whole(path, start + int(document["size"]), stream.seek(0, 2), start)
            return _header(path, document)
    return FieldTensors(path).header


@dataclass(frozen=True)
class FootageCameras:
    """Where the footage of a field was filmed from, in capture space, frame by frame.

    matrices : (N, 4, 4) float64, camera to world.
    intrinsics : (N, 6) float64: width, height, fx, fy, cx, cy in pixels, from the top left corner.
    shot_frames : (N,) float64; where they fall, the footage of another camera begins.
    """

    matrices: NDArray[np.float64]
    intrinsics: NDArray[np.float64]
    shot_frames: NDArray[np.float64]

    def leaps(self) -> bool:
        """Whether one camera's places are no path: between two pictures it was nowhere.

        On a path, three neighbours lie nearly on a line: the middle between the outer two is near the one in the
        middle, seen by how far the outer two are apart. A camera that trembles on its tripod does not leap.
        """
        places = self.matrices[:, :3, 3]
        if len(places) < 3:
            return False
        ways = self.matrices[:, :3, 2]
        turns = np.einsum("ni,ni->n", ways[1:], ways[:-1])
        if np.median(turns) > _STEADY:
            return False
        bends = np.linalg.norm(places[2:] - 2 * places[1:-1] + places[:-2], axis=1)
        return bool(np.median(bends) > np.median(np.linalg.norm(places[2:] - places[:-2], axis=1)))

    def streams(self) -> list[FootageCameras]:
        """The footage camera by camera."""
        falls = np.flatnonzero(np.diff(self.shot_frames) <= 0) + 1
        parts = np.split(np.arange(len(self.shot_frames)), falls)
        return [FootageCameras(self.matrices[p], self.intrinsics[p], self.shot_frames[p]) for p in parts if len(p)]


class FieldTensors:
    """The tensors of a field file, each read and checked when it is asked for, and never kept.

    The file is not held open: it may be replaced, and whoever reads on is told.

    Raises
    ------
    UserError
        As `read_header`, or if the list of the tensors is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _opened(path) as stream:
            metadata, self._entries = read_entries(stream)
            self._stamp = _stamp(stream)
            start = 8 + header_length(stream)
            needed = max((entry.last for entry in self._entries.values()), default=start)
        if METADATA_KEY not in metadata:
            raise UserError(f"{path} is a safetensors file, but not a field of SpaceTimePilot.")
        self._document = _document(path, metadata[METADATA_KEY])
        _demand_whole(path, needed, self._stamp[0], start)
        self.version = int(self._document["format_version"])
        self.header = _header(path, self._document)
        self._hashes: dict[str, str] = {}
        self._stored: dict[str, Description] = {}
        if self.version > _WHOLE:
            self._take_list(metadata.get(TENSORS_KEY, ""))

    def names(self) -> set[str]:
        """Of all tensors."""
        return set(self._entries)

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a tensor that is there."""
        if name in self._stored:
            return tuple(int(size) for size in self._stored[name]["shape"])
        return self._entries[name].shape

    def read(self, name: str) -> Array:
        """A tensor, in memory of its own.

        In files of format 2, which have one hash for everything, it is only as sound as `check_whole` says.

        Raises
        ------
        UserError
            If it is not there, damaged, or not in the file any more.
        """
        if name not in self._entries:
            raise UserError(f"The field file {self.path} is damaged: it lacks {name}.", _REBAKE)
        entry = self._entries[name]
        data = bytearray(entry.last - entry.first)
        with _opened(self.path) as stream:
            if _stamp(stream) != self._stamp:
                raise UserError(f"{self.path} was replaced while it was in use.", "Reload the field in the scene.")
            stream.seek(entry.first)
            whole = stream.readinto(data) == len(data)
        if not whole or (self._hashes and fingerprint_of(entry.kind, entry.shape, data) != self._hashes[name]):
            raise UserError(f"The field file {self.path} is damaged: {name} does not match its hash.", _REBAKE)
        if name not in self._stored:
            return entry.array(data)
        try:
            return unpack(bytes(data), self._stored[name])
        except ValueError as error:
            raise UserError(
                f"The field file {self.path} cannot be read: {name} {error}.", "Update SpaceTimePilot."
            ) from error

    def check_whole(self) -> None:
        """Read all of a file whose tensors have no hashes of their own, and check that; other files are left alone.

        Raises
        ------
        UserError
            If it is damaged.
        """
        if self.version > _WHOLE:
            return
        digest = hashlib.sha256(_hashed_text(self._document).encode())
        for name, entry in sorted(self._entries.items()):
            digest.update(f"{name} {_TORCH_TYPES.get(entry.kind)} {list(entry.shape)}".encode())
            digest.update(self.read(name).tobytes())
        if digest.hexdigest() != self.header.content_hash:
            raise UserError(f"The field file {self.path} is damaged: its contents do not match its hash.", _REBAKE)

    def _take_list(self, text: str) -> None:
        try:
            listed = json.loads(text)
            hashes, stored = dict(listed["sha256"]), dict(listed["stored"])
            self._stored = {name: dict(description) for name, description in stored.items()}
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"The field file {self.path} is damaged: it lacks the list of its parts.", _REBAKE
            ) from error
        if _content_hash(self._document, text) != self.header.content_hash or hashes.keys() != self._entries.keys():
            raise UserError(f"The field file {self.path} is damaged: its header does not match its hash.", _REBAKE)
        self._hashes = hashes


def write_field_file(
    path: Path,
    header: FieldHeader,
    tensors: Mapping[str, Array],
    stored: Mapping[str, Description] | None = None,
) -> FieldHeader:
    """Write a field file, and return its header with the content hash.

    Parameters
    ----------
    stored : mapping
        Of tensors whose packed bytes are given, (N,) uint8, how to unpack them.
    """
    listed = {
        "sha256": {name: fingerprint(tensor) for name, tensor in sorted(tensors.items())},
        "stored": dict(sorted((stored or {}).items())),
    }
    text = json.dumps(listed, separators=(",", ":"))
    header = replace(header, content_hash=_content_hash(asdict(header), text))
    size = sum(tensor.nbytes for tensor in tensors.values())
    write_tensors(path, {**header.to_metadata(size), TENSORS_KEY: text}, tensors)
    return header


def read_cameras(path: Path) -> FootageCameras:
    """Read the footage's cameras from a field file, without the worker.

    Raises
    ------
    UserError
        If the file cannot be read, or was written without them.
    """
    tensors = FieldTensors(path)
    names = [f"cameras.{name}" for name in ("matrix", "intrinsics", "shot_frame")]
    if not tensors.names().issuperset(names):
        raise UserError(f"{path} does not say from where its footage was filmed.", "Bake the shot again.")
    matrices, intrinsics, frames = (_of_type(tensors, name, np.float64) for name in names)
    return FootageCameras(matrices.reshape(-1, 4, 4), intrinsics.reshape(-1, 6), frames.reshape(-1))


def read_occupancy(path: Path, opaque: bool) -> NDArray[np.float32]:
    """Which share of the shot's parts may hold something, (X, Y, Z) float32, cell by cell of the field's bounds.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    tensors = FieldTensors(path)
    if tensors.version > _WHOLE:
        share = _of_type(tensors, HELD, np.float32)
    else:
        share = held_share(_of_type(tensors, OCCUPANCY, np.float32))
    share = share.transpose(2, 1, 0)
    # The bounds of a world without end are the middle half of what the cells are over.
    cut = slice(len(share) // 4, len(share) - len(share) // 4) if opaque else slice(None)
    return np.asarray(share[cut, cut, cut])


def held_share(density: NDArray[np.float32]) -> NDArray[np.float32]:
    """In which share of the shot's parts each cell may hold something, (Z, Y, X), of densities (P, Z, Y, X)."""
    return (density > _HOLDS).mean(axis=0, dtype=np.float32)


OCCUPANCY = "field.occupancy.density"
"""A tensor for each part of the shot, its number behind the name; in files of format 2 one for all parts."""
HELD = "occupancy.held"
"""The tensor of `held_share`."""
_HOLDS = 0.0625
"""Density above which a plate looks at a cell."""
_WHOLE = 2
"""The last format with one hash for everything."""
_TORCH_TYPES = {"F64": "torch.float64", "F32": "torch.float32", "I64": "torch.int64"}
_NOT_HASHED = ("format_version", "size")
_REBAKE = "Copy the file again from where it was made, or bake the shot again."


def _of_type(tensors: FieldTensors, name: str, kind: type[np.floating[Any]]) -> NDArray[Any]:
    found = tensors.read(name)
    if found.dtype != kind:
        raise UserError(f"The field file {tensors.path} is damaged: {name} is not of the type it should be.", _REBAKE)
    return found


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    """A field file to read from; what goes wrong is told in a sentence."""
    try:
        with path.open("rb") as stream:
            yield stream
    except FileNotFoundError as error:
        raise UserError(f"There is no field file {path}.", "Bake the shot, or point the field at its file.") from error
    except OSError as error:
        raise UserError(f"Cannot read the field file {path}: {error.strerror or error}.") from error
    except ValueError as error:
        raise UserError(f"{path} is not a field file, or it is damaged or cut short.", _REBAKE) from error


def _stamp(stream: BufferedReader) -> tuple[int, int, int]:
    about = os.fstat(stream.fileno())
    return about.st_size, about.st_mtime_ns, about.st_ino


def _demand_whole(path: Path, needed: int, there: int, start: int) -> None:
    if needed != there:
        told = f"{there - start} of {needed - start} bytes of data"
        raise UserError(f"The field file {path} is cut short: {told}.", _REBAKE)


def _document(path: Path, text: str) -> dict[str, Any]:
    """What a field file says of itself, of a version that can be read."""
    try:
        document: dict[str, Any] = json.loads(text)
        version = document["format_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"The header of {path} is damaged.", _REBAKE) from error
    if version not in _READABLE:
        raise UserError(
            f"{path} has field format {version}; this version of SpaceTimePilot reads format {FORMAT_VERSION}.",
            "Update SpaceTimePilot." if version > FORMAT_VERSION else "Bake the shot again.",
        )
    return document


def _header(path: Path, document: dict[str, Any]) -> FieldHeader:
    try:
        told = {name: value for name, value in document.items() if name not in _NOT_HASHED}
        low, high = told.pop("bounds")
        return FieldHeader(bounds=(tuple(low), tuple(high)), **told)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"The header of {path} is damaged.", _REBAKE) from error


def _hashed_text(document: dict[str, Any]) -> str:
    told = {name: value for name, value in document.items() if name not in _NOT_HASHED}
    return json.dumps({**told, "content_hash": ""}, sort_keys=True)


def _content_hash(document: dict[str, Any], listed: str) -> str:
    return hashlib.sha256(f"{_hashed_text(document)}\n{listed}".encode()).hexdigest()
