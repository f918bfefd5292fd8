"""How fast what is in voxels moves, so that a renderer can blur it."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ..contract.volume_file import BLOCK, VoxelGrid
from ..field.model import Field

_STILL = 0.02
"""Voxels a scene frame below which nothing is said to move."""
_SHUTTER = 0.5
"""Scene frames that a renderer may look ahead or back: what moves must say so as far from itself as it goes then."""
_FARTHEST = 24
"""Voxels, at most."""
_LIKELY = 0.95
"""Quantile of the speeds that decides how far that is."""


@torch.no_grad()
def moving_blocks(
    field: Field,
    grid: VoxelGrid,
    origins: NDArray[np.int32],
    density: NDArray[np.float32],
    time: float,
    speed: float,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Blocks of velocities, capture units a scene frame; see `VolumeBlocks`.

    There are none where nothing moves, or the field has not followed what does.

    Parameters
    ----------
    origins, density
        The blocks that hold something.
    speed : float
        Shot frames a scene frame.
    """
    nothing = np.zeros((0, 3), np.int32), np.zeros((0, *(BLOCK,) * 3, 3), np.float32)
    # Nothing was followed in time that was added after the bake.
    if field.trajectories is None or time > 1 or speed == 0 or not len(origins):
        return nothing
    block, *within = np.nonzero(density)
    voxels = origins[block] + np.stack(within, axis=-1)
    points = torch.as_tensor(np.array(grid.low) + (voxels + 0.5) * grid.edge, dtype=torch.float32)
    velocity = _velocity(field, points.to(field.low.device), time) * speed
    fast = np.linalg.norm(velocity, axis=1) / grid.edge
    if np.quantile(fast, _LIKELY) < _STILL:
        return nothing
    reach = min(math.ceil(np.quantile(fast, _LIKELY) * _SHUTTER) + 1, _FARTHEST)
    return _spread(voxels.astype(np.int64), velocity, reach)


def _velocity(field: Field, points: torch.Tensor, time: float) -> NDArray[np.float32]:
    """(N, 3) capture units a shot frame, of the ways that the field knows for things; see `Trajectories`."""
    ways = field.trajectories
    assert ways is not None
    config = field.config
    span = max(config.last_frame - config.first_frame, 1e-9)
    scale = (field.high - field.low) * (2 if config.opaque else 1) / span
    now = torch.full((1,), time, device=points.device)
    segment, _ = ways.segment_of(now)
    count = len(ways.segment)
    # Both ends of the interval belong to one segment: at a seam series of two meet.
    step = 0.25 / span
    first = min(max(time - step, float(segment) / count), (float(segment) + 1) / count - 2 * step)
    found = []
    for own in points.split(2**14):
        unit, _ = field.to_unit(own)
        canonical = field.canonical(unit, now.expand(len(own)).contiguous())
        series = ways.series(canonical, segment.expand(len(own)))
        ends = [
            ways.place(canonical, series, (now * 0 + end).expand(len(own))) for end in (first, first + 1.999 * step)
        ]
        found.append((ends[1] - ends[0]) / (1.999 * step) * scale)
    return torch.cat(found).cpu().numpy()


def _spread(
    voxels: NDArray[np.int64], velocity: NDArray[np.float32], reach: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Blocks in which every voxel that is up to `reach` voxels from one that moves has the velocity of the nearest."""
    tree = cKDTree(voxels)
    blocks_away = np.arange(-math.ceil(reach / BLOCK), math.ceil(reach / BLOCK) + 1)
    around = np.stack(np.meshgrid(blocks_away, blocks_away, blocks_away, indexing="ij"), axis=-1).reshape(-1, 3)
    full = np.unique(voxels // BLOCK, axis=0)
    near = np.unique((full[:, None] + around).reshape(-1, 3), axis=0)
    steps = np.arange(BLOCK)
    within = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    blocks = np.zeros((len(near), BLOCK**3, 3), np.float32)
    for number, block in enumerate(near):
        distance, nearest = tree.query(block * BLOCK + within, distance_upper_bound=reach + 0.5)
        there = np.isfinite(distance)
        blocks[number, there] = velocity[nearest[there]]
    kept = blocks.any(axis=(1, 2))
    return (near[kept] * BLOCK).astype(np.int32), blocks[kept].reshape(-1, *(BLOCK,) * 3, 3)
