"""Volumes: a field at an instant as voxels, how they are named, and the file in which the worker hands them over.

The worker evaluates, Blender writes OpenVDB with the library that it brings along. In between lies a file that lives
for a moment, as previews do.

A volume is kept by a name that says what it shows, as plates are, ends with the same seal, and carries its request, so
that a stale, foreign or half-written one is found out.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .array_file import take_arrays, write_arrays
from .messages import VolumeRequest, decode, encode
from .plate import is_whole, rounded

VOLUME_VERSION = 1
"""Raised when the same request would give other voxels."""
BLOCK = 8
"""Voxels along an edge of a block, as in OpenVDB's leaves."""
SUFFIX = ".volume.npz"
MOST_VOXELS = 2048
THICKEST = 3.0
"""Optical depth that a voxel claims at most: what stops more light only moves the surface, as voxels are blended."""
REQUEST_KEY, NAME_KEY = "spacetimepilot.request", "spacetimepilot.volume"
"""Names of what an OpenVDB file says of itself: the request, and the name by content."""
_HEAD = 1 << 16

Box = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class VoxelGrid:
    """Where voxels lie in capture space: number i, counted from 0 along each axis, around `low` + (i + 0.5) `edge`."""

    low: tuple[float, float, float]
    edge: float
    shape: tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class VolumeBlocks:
    """What of a field there is at an instant, in blocks of `BLOCK` voxels along each edge; elsewhere is nothing.

    origins : (B, 3) int32, number of each block's first voxel.
    density : (B, 8, 8, 8) float32, of extinction per capture unit; axes x, y, z.
    emission : (B, 8, 8, 8, 3) float32, scene-linear Rec.709 light per capture unit: density times colour.
    velocity_origins : (C, 3) int32, as `origins`, of the blocks in which or near which something moves.
    velocity : (C, 8, 8, 8, 3) float32, capture units a scene frame.
    grid : (4,) float64, `low` and `edge` of the grid.
    """

    origins: NDArray[np.int32]
    density: NDArray[np.float32]
    emission: NDArray[np.float32]
    velocity_origins: NDArray[np.int32]
    velocity: NDArray[np.float32]
    grid: NDArray[np.float64]


def voxel_grid(bounds: Box, crop: Box | None, voxels: int) -> VoxelGrid:
    """The grid over what is shown: a field's bounds, or what of them is in a crop box.

    Raises
    ------
    ValueError
        If nothing is, or there are too few or too many voxels.
    """
    low, high = (np.asarray(corner, dtype=np.float64) for corner in bounds)
    if crop is not None:
        low, high = np.maximum(low, crop[0]), np.minimum(high, crop[1])
    if not (high > low).all():
        raise ValueError("the crop box leaves nothing of the field's bounds")
    if not BLOCK <= voxels <= MOST_VOXELS:
        raise ValueError(f"{voxels} voxels are not between {BLOCK} and {MOST_VOXELS}")
    edge = float((high - low).max()) / voxels
    x, y, z = (max(math.ceil(round(length / edge, 6)), 1) for length in high - low)
    return VoxelGrid((float(low[0]), float(low[1]), float(low[2])), edge, (x, y, z))


def volume_name(request: VolumeRequest) -> str:
    """File name of the volume that answers `request`: a hash of all that decides its voxels."""
    document = json.loads(encode(without_places(request)))
    document["volume_version"] = VOLUME_VERSION
    text = json.dumps(rounded(document), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32] + ".vdb"


def without_places(request: VolumeRequest) -> VolumeRequest:
    """A request without what differs from machine to machine."""
    return replace(request, id=0, field_file="", path="", channel="")


def volume_metadata(request: VolumeRequest) -> dict[str, str]:
    """What an OpenVDB file says of itself."""
    return {NAME_KEY: Path(volume_name(request)).stem, REQUEST_KEY: encode(without_places(request))}


def volume_request_of(metadata: dict[str, Any]) -> VolumeRequest | None:
    """The request that a file's metadata tell of, its places empty; None if they tell of none."""
    try:
        request = decode(str(metadata[REQUEST_KEY]))
    except (KeyError, ValueError):
        return None
    return request if isinstance(request, VolumeRequest) else None


def volume_fault(path: Path, name: str) -> str:
    """What is wrong with a volume, as the end of a sentence about it; "" if it is whole and the one of that name."""
    if not path.is_file():
        return "is missing"
    if not is_whole(path):
        return "is cut short or damaged"
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return "" if Path(name).stem.encode() in head else "is stale or foreign: it shows something else"


def write_blocks(path: Path, blocks: VolumeBlocks) -> None:
    """Write blocks.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    write_arrays(path, vars(blocks))


def take_blocks(path: Path) -> VolumeBlocks:
    """Read what the worker has written, and remove the file.

    Raises
    ------
    ValueError
        If it is missing, damaged or something else.
    """
    try:
        return VolumeBlocks(**take_arrays(path))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is no volume: {error}") from error
