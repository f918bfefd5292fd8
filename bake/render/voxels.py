"""A field at an instant as voxels, from which Blender makes a volume that its renderers trace.

A volume has one colour where a field has one for each direction: the mean of what the footage's cameras see, of a few
that look from as different sides as can be, so that one volume serves every camera and every mirror.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..contract.errors import UserError
from ..contract.messages import VolumeRequest
from ..contract.volume_file import BLOCK, THICKEST, VolumeBlocks, VoxelGrid, voxel_grid
from ..field.model import DENSITY_SCALE, Field
from .frame import filmed_stops, in_rounds, light
from .moving_voxels import moving_blocks

VIEWS = 4
"""Directions of which a voxel's colour is the mean."""
_LEAST = 0.5
"""Optical depth over the unit length that a cell of the occupancy must claim, or plates leave it out as well."""
THINNEST = 0.02
"""Optical depth over the unit length below which a voxel counts as empty."""
_AT_ONCE = 8
"""Blocks that are evaluated as one."""


class Voxels:
    """What is asked of a field at an instant, block by block; parameters and errors as those of `voxelise`.

    Attributes
    ----------
    numbers : (B, 3) int64, of the blocks in which there may be something.
    """

    def __init__(self, field: Field, request: VolumeRequest, views: NDArray[np.float64]) -> None:
        bounds = field.low.cpu().numpy(), field.high.cpu().numpy()
        crop = None if request.crop is None else (np.array(request.crop[0]), np.array(request.crop[1]))
        try:
            self.grid = voxel_grid(bounds, crop, request.voxels)
        except ValueError as error:
            raise UserError(f"A volume cannot be made: {error}.", "Check crop and voxels.") from error
        filmed = 0.0 if request.exposure_of is None else filmed_stops(field, request.exposure_of)
        self._stops = np.asarray(request.exposure + filmed, dtype=np.float32)
        self._field, self.time = field, field.normalised_time(request.shot_frame)
        self._cells = _looked_at(field, self.time)
        self.numbers = _occupied(field, self.grid, self._cells)
        self._views = torch.as_tensor(apart(views, (bounds[0] + bounds[1]) / 2), dtype=torch.float32)

    def evaluated(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Density (B, 8, 8, 8) and emission (B, 8, 8, 8, 3) of blocks."""
        return _evaluated(self._field, self.grid, numbers, self.time, self._cells, self._views, self._stops)


def voxelise(
    field: Field,
    request: VolumeRequest,
    views: NDArray[np.float64],
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
) -> VolumeBlocks:
    """What of the field there is at an instant.

    Parameters
    ----------
    views : (N, 3) float64
        Where the footage was filmed from, capture space.

    Raises
    ------
    UserError
        If the crop box leaves nothing, or the field does not know how its footage was exposed.
    Cancelled
        If `should_stop` says so.
    """
    voxels = Voxels(field, request, views)
    numbers, grid = voxels.numbers, voxels.grid
    density = np.zeros((len(numbers), *(BLOCK,) * 3), np.float32)
    emission = np.zeros((*density.shape, 3), np.float32)

    def fill(part: slice) -> None:
        density[part], emission[part] = voxels.evaluated(numbers[part])

    parts = [slice(first, first + _AT_ONCE) for first in range(0, len(numbers), _AT_ONCE)]
    in_rounds([partial(fill, part) for part in parts], field, should_stop, progress)
    kept = density.reshape(len(density), -1).any(axis=1)
    origins = (numbers[kept] * BLOCK).astype(np.int32)
    moving = moving_blocks(field, grid, origins, density[kept], voxels.time, request.speed)
    return VolumeBlocks(origins, density[kept], emission[kept], *moving, np.array([*grid.low, grid.edge]))


def around(field: Field) -> NDArray[np.float64]:
    """(4, 3) places far from a field on all sides, for one that nobody has filmed."""
    sides = np.array([(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)], dtype=np.float64)
    middle = ((field.low + field.high) / 2).cpu().numpy()
    return np.asarray(middle + 10 * field.unit_length * sides, dtype=np.float64)


def block_places(grid: VoxelGrid, numbers: NDArray[np.int64]) -> Tensor:
    """Middles of the voxels of blocks, (B * BLOCK^3, 3) float32, capture space."""
    steps = np.arange(BLOCK)
    within = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    voxels = (numbers[:, None] * BLOCK + within).reshape(-1, 3)
    return torch.as_tensor(np.array(grid.low) + (voxels + 0.5) * grid.edge, dtype=torch.float32)


@torch.no_grad()
def _evaluated(
    field: Field,
    grid: VoxelGrid,
    numbers: NDArray[np.int64],
    time: float,
    cells: Tensor,
    views: Tensor,
    stops: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Density (B, 8, 8, 8) and emission (B, 8, 8, 8, 3) of blocks."""
    points = block_places(grid, numbers).to(field.low.device)
    unit, inside = field.to_unit(points)
    times = torch.full((len(points),), time, device=points.device)
    # Voxels at the far ends of the grid may be cut by the box; their middles decide.
    beyond = torch.as_tensor(np.array(grid.low) + np.array(grid.shape) * grid.edge, dtype=points.dtype)
    within = inside & (points < beyond.to(points.device)).all(dim=-1) & cells.view(-1)[field.occupancy.cell(unit)]
    density = torch.where(within, field.density(unit, times), 0) * (DENSITY_SCALE / field.unit_length)
    density = torch.where(density * field.unit_length < THINNEST, 0, density.clamp(max=THICKEST / grid.edge))
    full = density > 0
    colour = torch.zeros(len(points), 3, device=points.device)
    for view in views.to(points.device):
        towards = torch.nn.functional.normalize(points[full] - view, dim=-1)
        colour[full] += field(unit[full], times[full], towards)[1] / len(views)
    linear = light(colour.cpu().numpy(), np.ones(len(points), np.float32), stops, field.config.encoding)[:, :3]
    found = density.cpu().numpy()
    shape = (len(numbers), *(BLOCK,) * 3)
    return found.reshape(shape), (linear * found[:, None]).reshape(*shape, 3)


def _looked_at(field: Field, time: float) -> Tensor:
    """(Z, Y, X) bool, the cells of the occupancy in which plates look at the field."""
    when = torch.tensor([time], device=field.low.device)
    return field.occupancy.held(when) * DENSITY_SCALE > _LEAST


def _occupied(field: Field, grid: VoxelGrid, cells: Tensor) -> NDArray[np.int64]:
    """(B, 3) numbers of the blocks that touch one of the cells."""
    full = cells.permute(2, 1, 0).cpu().numpy()
    low = torch.tensor([grid.low], device=field.low.device)
    counts = [-(-number // BLOCK) for number in grid.shape]
    spans = []
    for axis, count in enumerate(counts):
        ends = low.repeat(count + 1, 1)
        ends[:, axis] += torch.arange(count + 1, device=low.device) * (BLOCK * grid.edge)
        place = field.to_unit(ends)[0][:, axis].cpu().numpy() * field.occupancy.cells
        # Blending reaches half a voxel beyond a block, and so do rounding errors.
        first = np.clip(np.floor(place[:-1] - 1e-3), 0, field.occupancy.cells - 1).astype(int)
        last = np.clip(np.floor(place[1:] + 1e-3), 0, field.occupancy.cells - 1).astype(int)
        spans.append((first, last + 1))
    # How many full cells each block touches, by sums over boxes, axis by axis.
    for axis, (first, last) in enumerate(spans):
        sums = np.cumsum(np.concatenate([np.zeros_like(full.take([0], axis), int), full], axis=axis), axis=axis)
        full = sums.take(last, axis) - sums.take(first, axis)
    return np.argwhere(full > 0)


def apart(views: NDArray[np.float64], middle: NDArray[np.float32]) -> NDArray[np.float64]:
    """A few of (N, 3) places, one that is in the middle of them, then always the one that sees from the newest side."""
    if len(views) <= VIEWS:
        return views
    sides = views - middle
    sides /= np.linalg.norm(sides, axis=1, keepdims=True).clip(1e-9)
    chosen = [int(np.argmax(sides @ sides.mean(axis=0)))]
    while len(chosen) < VIEWS:
        chosen.append(int(np.argmin((sides @ sides[chosen].T).max(axis=1))))
    return views[chosen]
