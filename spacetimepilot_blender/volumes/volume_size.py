"""How large volumes will be, told before they are made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import bpy
import numpy as np

from ...bake.contract.errors import UserError
from ...bake.contract.field_file import read_occupancy
from ...bake.contract.volume_file import voxel_grid
from ..field.field_object import field_file

_BYTES = 6.5
"""Of a voxel in a cell that holds something: of density and emission in half floats, half of it empty, packed."""


@dataclass(frozen=True)
class VolumeSize:
    """Voxels along each axis, and bytes of a frame, which is an estimate."""

    shape: tuple[int, int, int]
    size: float


def volume_size(thing: bpy.types.Object) -> VolumeSize:
    """Of a field's volumes as it is set up now.

    Raises
    ------
    UserError
        If the field's file cannot be read, or its crop box leaves nothing.
    """
    settings = thing.spacetimepilot
    crop = (tuple(settings.crop_min), tuple(settings.crop_max)) if settings.use_crop else None
    bounds = tuple(settings.box_low), tuple(settings.box_high)
    return _size(field_file(thing), settings.content_hash, bounds, crop, settings.volume_voxels, settings.opaque)


def told_size(scene: bpy.types.Scene, thing: bpy.types.Object) -> str:
    """How large the volumes of the scene's frames will be, or why there can be none, in a sentence."""
    try:
        found = volume_size(thing)
    except UserError as error:
        return str(error)
    frames = len(range(scene.frame_start, scene.frame_end + 1, scene.frame_step))
    return (
        f"{' x '.join(map(str, found.shape))} voxels, about {_megabytes(found.size)} a frame, "
        f"{_megabytes(found.size * frames)} for {frames} frames"
    )


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB" if size < 1e7 else f"{size / 1e6:,.0f} MB"


@lru_cache(maxsize=8)
def _size(
    path: Path,
    content_hash: str,  # noqa: ARG001  # Another field, another answer.
    bounds: tuple[tuple[float, ...], ...],
    crop: tuple[tuple[float, ...], ...] | None,
    voxels: int,
    opaque: bool,
) -> VolumeSize:
    box = np.array(bounds[0]), np.array(bounds[1])
    cut = None if crop is None else (np.array(crop[0]), np.array(crop[1]))
    try:
        grid = voxel_grid(box, cut, voxels)
    except ValueError as error:
        raise UserError(f"There can be no volume: {error}.", "Check crop and voxels.") from error
    full = read_occupancy(path, opaque)
    ends = [grid.low, np.array(grid.low) + np.array(grid.shape) * grid.edge]
    first, last = (np.clip((end - box[0]) / (box[1] - box[0]) * np.array(full.shape), 0, full.shape) for end in ends)
    x, y, z = (slice(int(one), max(int(np.ceil(other)), int(one) + 1)) for one, other in zip(first, last, strict=True))
    return VolumeSize(grid.shape, _BYTES * float(full[x, y, z].mean()) * float(np.prod(grid.shape)))
