"""Spatial encoder: a multi-resolution hash grid (Müller et al. 2022, Instant Neural Graphics Primitives, section 3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

FEATURES = 4
"""Features per level; the numba kernels are written for this number."""
PRIMES = (1, 2654435761, 805459861)


def level_resolutions(levels: int, coarsest: int, finest: int) -> tuple[int, ...]:
    """Cells along an edge, level by level, in geometric progression."""
    if levels == 1:
        return (finest,)
    growth = (finest / coarsest) ** (1 / (levels - 1))
    return tuple(round(coarsest * growth**level) for level in range(levels))


class HashGrid(nn.Module):
    """Features at points of the unit cube, trilinear between the corners of the cells of every level.

    Parameters
    ----------
    resolutions : tuple of int
        Cells along an edge for each level.
    table_size : int
        Rows for each level, a power of two. Levels that fit are stored densely, the others are hashed.
    """

    def __init__(self, resolutions: tuple[int, ...], table_size: int) -> None:
        super().__init__()
        if table_size & (table_size - 1):
            raise ValueError("the table size of a hash grid is a power of two")
        self.resolutions = resolutions
        self.table = nn.Parameter(torch.empty(len(resolutions), table_size, FEATURES).uniform_(-1e-4, 1e-4))

    @property
    def width(self) -> int:
        """Features that come out for each point."""
        return len(self.resolutions) * FEATURES

    def forward(self, points: Tensor) -> Tensor:
        """(N, 3) in [0, 1] to (N, levels * FEATURES), differentiable in points and table."""
        return encode_reference(points, self.table, self.resolutions)


def encode_reference(points: Tensor, table: Tensor, resolutions: tuple[int, ...]) -> Tensor:
    """The definition, in plain torch; shapes as in `HashGrid`."""
    features = []
    for level, resolution in enumerate(resolutions):
        scaled = points.clamp(0, 1) * resolution
        corner = scaled.detach().floor().clamp(max=resolution - 1)
        fraction = scaled - corner
        total = torch.zeros((), device=points.device)
        for offset in range(8):
            step = torch.tensor([offset & 1, offset >> 1 & 1, offset >> 2 & 1], device=points.device)
            weights = torch.where(step.bool(), fraction, 1 - fraction)
            rows = row_of_corner(corner.long() + step, resolution, table.shape[1])
            total = total + weights.prod(dim=1, keepdim=True) * table[level][rows]
        features.append(total)
    return torch.cat(features, dim=1)


def row_of_corner(corner: Tensor, resolution: int, table_size: int) -> Tensor:
    """Table rows of cell corners; (N, 3) int64 in [0, resolution] to (N,) int64."""
    x, y, z = corner.unbind(dim=1)
    if (resolution + 1) ** 3 <= table_size:
        return x + (resolution + 1) * (y + (resolution + 1) * z)
    return (x * PRIMES[0] ^ y * PRIMES[1] ^ z * PRIMES[2]) & (table_size - 1)
