"""The local temporal code: planes over pairs of axes, of which one may be time (Cao and Johnson 2023, HexPlane).

A space plane times the plane of the remaining axis and time says *where* and *when* at once; the lattice of `latents`
says only when.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from .segments import Knots, Window, knots_of_shot, windows

CHANNELS = 8
"""Channels of one plane; the numba kernels are written for this number."""
PAIRS = ((0, 1, 2), (0, 2, 1), (1, 2, 0))
"""Axes of the space plane, then the axis that is paired with time."""


class SpaceTimePlanes(nn.Module):
    """Features at points of the unit cube and times in [0, 1], bilinear in every plane.

    Parameters
    ----------
    resolutions : tuple of int
        Knots along an axis of space for each level.
    times : tuple of int
        Knots along time for each level, over one segment, both ends counted.
    segments : int
        Equal segments of the shot; neighbours share a knot (see `segments`).
    """

    def __init__(self, resolutions: tuple[int, ...], times: tuple[int, ...], segments: int = 1) -> None:
        super().__init__()
        self.space = nn.ParameterList(
            nn.Parameter(torch.empty(3, size, size, CHANNELS).uniform_(-0.1, 0.1)) for size in resolutions
        )
        self.time = nn.ModuleList(
            Knots(torch.ones(knots_of_shot(count, segments), 3, size, CHANNELS), segments)
            for size, count in zip(resolutions, times, strict=True)
        )

    @property
    def width(self) -> int:
        """Features that come out for each point."""
        return len(self.space) * len(PAIRS) * CHANNELS

    @property
    def levels(self) -> list[Knots]:
        """The planes of time of each level, the finest last."""
        return cast("list[Knots]", list(self.time))

    def forward(self, points: Tensor, times: Tensor) -> Tensor:
        """(N, 3) in [0, 1] and (N,) in [0, 1] to (N, width), differentiable in the planes alone."""
        return planes_reference(points, self.places(times), list(self.space), self.windows(times))

    def windows(self, times: Tensor) -> list[Window]:
        """Of each level the planes of time that instants (N,) need; all of them where they may learn."""
        return windows(self.levels, times)

    def knots(self) -> list[Tensor]:
        """The planes of time over the whole shot, (K, 3, size, CHANNELS) for each level."""
        return [knots() for knots in self.levels]

    def places(self, times: Tensor) -> list[Tensor]:
        """Where instants (N,) lie among the knots of each level; see `Knots.place`."""
        return [knots.place(times) for knots in self.levels]

    def roughness(self) -> tuple[Tensor, Tensor]:
        """Mean squared first difference of the planes in space, and second difference in time."""
        space = sum((_difference(p, 1) + _difference(p, 2) for p in self.space), start=torch.zeros(()))
        along = sum((_difference(p, 2) for p in self.knots()), start=torch.zeros(()))
        bend = sum((knots.bend() for knots in self.levels), start=torch.zeros(()))
        return space + along, bend


def _difference(plane: Tensor, axis: int) -> Tensor:
    return plane.diff(dim=axis).square().mean()


def planes_reference(points: Tensor, places: list[Tensor], space: list[Tensor], time: list[Window]) -> Tensor:
    """The definition, in plain torch.

    Parameters
    ----------
    points : (N, 3) float32 in [0, 1]
    places : (N,) float32 in [0, 1] for each level, from its first knot of time to its last
    space : (3, size, size, CHANNELS) float32 for each level
    time : windows of (K, 3, size, CHANNELS) float32 for each level
    """
    features = []
    for across, along, place in zip(space, time, places, strict=True):
        for pair, (a, b, c) in enumerate(PAIRS):
            where = _bilinear(Window.whole(across[pair]), points[:, b], points[:, a])
            when = _bilinear(Window(along.values[:, pair], along.first, along.count), place, points[:, c])
            features.append(where * when)
    return torch.cat(features, dim=1)


def _bilinear(of: Window, row: Tensor, column: Tensor) -> Tensor:
    """Of (R, C, F) at rows and columns in [0, 1]; (N, F)."""
    plane, columns = of.values, of.values.shape[1]
    r0, fr = _knot(row, of.count)
    c0, fc = _knot(column, columns)
    r1, c1 = (r0 + 1).clamp(max=of.count - 1), (c0 + 1).clamp(max=columns - 1)
    r0, r1 = r0 - of.first, r1 - of.first
    near = plane[r0, c0] * (1 - fc) + plane[r0, c1] * fc
    far = plane[r1, c0] * (1 - fc) + plane[r1, c1] * fc
    return near * (1 - fr) + far * fr


def _knot(value: Tensor, count: int) -> tuple[Tensor, Tensor]:
    scaled = value.clamp(0, 1) * (count - 1)
    knot = scaled.long().clamp(max=max(count - 2, 0))
    return knot, (scaled - knot).unsqueeze(1)
