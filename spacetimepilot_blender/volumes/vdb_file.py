"""OpenVDB files of a field at an instant, written from what the worker has evaluated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...bake.contract.files import written_aside
from ...bake.contract.messages import VolumeRequest
from ...bake.contract.plate import seal
from ...bake.contract.volume_file import VolumeBlocks, volume_metadata, volume_request_of
from .openvdb_library import openvdb_library

DENSITY, EMISSION, VELOCITY = "density", "emission", "velocity"
"""Names of the grids. The last is what Blender looks for by itself."""
_LARGEST_HALF = 6.0e4


def write_vdb(path: Path, blocks: VolumeBlocks, request: VolumeRequest) -> None:
    """Write a volume, sealed as plates are.

    Values are kept as half floats where these reach far enough.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    openvdb = openvdb_library()
    # OpenVDB's values lie at whole numbers, which are the middles of voxels.
    transform = openvdb.createLinearTransform(voxelSize=float(blocks.grid[3]))
    transform.postTranslate(tuple((blocks.grid[:3] + blocks.grid[3] / 2).tolist()))
    grids = [
        _grid(openvdb.FloatGrid(), DENSITY, transform, blocks.origins, blocks.density),
        _grid(openvdb.Vec3SGrid(), EMISSION, transform, blocks.origins, blocks.emission),
    ]
    if len(blocks.velocity):
        grids.append(_grid(openvdb.Vec3SGrid(), VELOCITY, transform, blocks.velocity_origins, blocks.velocity))
    with written_aside(path) as aside:
        openvdb.write(str(aside), grids, metadata=volume_metadata(request))
        seal(aside)


def written_for(path: Path) -> VolumeRequest | None:
    """The request that a volume says it answers; None if it says nothing."""
    openvdb = openvdb_library()
    try:
        return volume_request_of(openvdb.readMetadata(str(path)))
    except (RuntimeError, OSError):
        return None


def _grid(grid: Any, name: str, transform: Any, origins: np.ndarray, values: np.ndarray) -> Any:
    grid.name, grid.transform = name, transform
    for origin, block in zip(origins, values, strict=True):
        grid.copyFromArray(np.ascontiguousarray(block), _corner(origin))
    grid.saveFloatAsHalf = not values.size or float(np.abs(values).max()) < _LARGEST_HALF
    return grid


def _corner(origin: Sequence[int]) -> tuple[int, int, int]:
    x, y, z = (int(number) for number in origin)
    return x, y, z
