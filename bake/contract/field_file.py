"""The header of a field file (`.stp`), readable without the worker.

A field file is a safetensors file: eight bytes with the header's length, a JSON header, then raw tensors. Our own
description is one JSON text under `__metadata__ / spacetimepilot`.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .errors import UserError

FORMAT_VERSION = 2
"""2: codes over time lie segment by segment, each a tensor of its own."""
METADATA_KEY = "spacetimepilot"
SUFFIX = ".stp"
_LONGEST_HEADER = 100_000_000
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
    """SHA-256 over this header without the hash and over every tensor, hexadecimal."""
    model: dict[str, Any] = field(default_factory=dict)
    """Sizes of the networks; what rebuilds them."""
    training: dict[str, Any] = field(default_factory=dict)
    """Settings of the bake and what it reached: preset, seed, device, steps, seconds, psnr (of held-out rays, dB),
    hold_out (every Nth frame was not baked; 0: all were), sensor (whether the exposure of each picture was found),
    histogram (whether its histogram helped), robust (whether noise and faults were looked for), noise (what was found,
    see `found_noise`; null where they were not), fast_motion (see `contract.fast_motion`; null where nobody looked),
    adaptive, full_precision (as asked for), history (one list a figure, see `training.history`).
    """
    software: dict[str, str] = field(default_factory=dict)
    """Package name to version."""

    def to_metadata(self) -> dict[str, str]:
        """The safetensors metadata that `read_header` reads."""
        return {METADATA_KEY: json.dumps({"format_version": FORMAT_VERSION, **asdict(self)}, sort_keys=True)}


def read_header(path: Path) -> FieldHeader:
    """Read and check the header of a field file; the tensors are not touched.

    Raises
    ------
    UserError
        If the file is missing, cut short, not a field file, or of a version that this software does not know.
    """
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            start = stream.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else _LONGEST_HEADER + 1
            if length > _LONGEST_HEADER or length + 8 > size:
                raise UserError(f"{path} is not a field file, or it is cut short.", _REBAKE)
            header = json.loads(stream.read(length))
    except FileNotFoundError as error:
        raise UserError(f"There is no field file {path}.", "Bake the shot, or point the field at its file.") from error
    except OSError as error:
        raise UserError(f"Cannot read the field file {path}: {error.strerror or error}.") from error
    except ValueError as error:
        raise UserError(f"{path} is not a field file, or it is damaged.", _REBAKE) from error
    _check_complete(path, header, size - 8 - length)
    return _parse(path, header)


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


def read_cameras(path: Path) -> FootageCameras:
    """Read the footage's cameras from a field file, without the worker.

    Raises
    ------
    UserError
        If the file cannot be read, or was written without them.
    """
    read_header(path)
    try:
        with path.open("rb") as stream:
            length = struct.unpack("<Q", stream.read(8))[0]
            entries = json.loads(stream.read(length))
            matrices, intrinsics, frames = (
                _tensor(stream, 8 + length, entries[f"cameras.{name}"])
                for name in ("matrix", "intrinsics", "shot_frame")
            )
        return FootageCameras(matrices.reshape(-1, 4, 4), intrinsics.reshape(-1, 6), frames.reshape(-1))
    except KeyError as error:
        raise UserError(f"{path} does not say from where its footage was filmed.", "Bake the shot again.") from error
    except (OSError, ValueError, struct.error) as error:
        raise UserError(f"The cameras in {path} cannot be read: {error}.", _REBAKE) from error


def read_occupancy(path: Path, opaque: bool) -> NDArray[np.float32]:
    """Which share of the shot's parts may hold something, (X, Y, Z) float32, cell by cell of the field's bounds.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    read_header(path)
    try:
        with path.open("rb") as stream:
            length = struct.unpack("<Q", stream.read(8))[0]
            entry = json.loads(stream.read(length))[_OCCUPANCY]
            density = _tensor(stream, 8 + length, entry, "F32").reshape(entry["shape"])
    except (KeyError, OSError, ValueError, struct.error) as error:
        raise UserError(f"{path} does not say where it holds something: {error}.", _REBAKE) from error
    full = (density > _HOLDS).mean(axis=0, dtype=np.float32).transpose(2, 1, 0)
    # The bounds of a world without end are the middle half of what the cells are over.
    cut = slice(len(full) // 4, len(full) - len(full) // 4) if opaque else slice(None)
    return np.asarray(full[cut, cut, cut])


_OCCUPANCY = "field.occupancy.density"
_HOLDS = 0.0625
"""Density above which a plate looks at a cell."""
_TYPES = {"F64": "<f8", "F32": "<f4"}


def _tensor(stream: IO[bytes], start: int, entry: dict[str, Any], kind: str = "F64") -> NDArray[np.float64]:
    if entry["dtype"] != kind:
        raise ValueError(f"they are of type {entry['dtype']}")
    first, last = entry["data_offsets"]
    stream.seek(start + first)
    return np.frombuffer(stream.read(last - first), dtype=_TYPES[kind]).astype(np.float64)


_REBAKE = "Copy the file again from where it was made, or bake the shot again."


def _check_complete(path: Path, header: Any, available: int) -> None:
    try:
        needed = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        raise UserError(f"{path} is not a field file, or it is damaged.", _REBAKE) from error
    if needed != available:
        raise UserError(f"The field file {path} is cut short: {available} of {needed} bytes of data.", _REBAKE)


def _parse(path: Path, header: dict[str, Any]) -> FieldHeader:
    text = (header.get("__metadata__") or {}).get(METADATA_KEY)
    if text is None:
        raise UserError(f"{path} is a safetensors file, but not a field of SpaceTimePilot.")
    try:
        document = json.loads(text)
        version = document.pop("format_version")
        if version != FORMAT_VERSION:
            raise UserError(
                f"{path} has field format {version}; this version of SpaceTimePilot reads format {FORMAT_VERSION}.",
                "Update SpaceTimePilot." if version > FORMAT_VERSION else "Bake the shot again.",
            )
        low, high = document.pop("bounds")
        return FieldHeader(bounds=(tuple(low), tuple(high)), **document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"The header of {path} is damaged.", _REBAKE) from error
