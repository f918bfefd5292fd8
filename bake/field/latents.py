"""Temporal latent codes: a multi-scale lattice over time, one set per shot."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .segments import Knots, Window, knots_of_shot, windows


class TemporalLattice(nn.Module):
    """One set of codes per shot, at several rates, interpolated linearly: continuous in time.

    Parameters
    ----------
    knots : tuple of int
        Knots over one segment at each scale, both ends counted.
    width : int
        Size of a code at one scale.
    segments : int
        Equal segments of the shot; neighbours share a knot (see `segments`).
    """

    def __init__(self, knots: tuple[int, ...], width: int, segments: int = 1) -> None:
        super().__init__()
        self.codes = nn.ModuleList(
            Knots(0.01 * torch.randn(knots_of_shot(count, segments), width), segments) for count in knots
        )
        self.width = width * len(knots)

    @property
    def scales(self) -> list[Knots]:
        """The codes of each scale, the finest last."""
        return cast("list[Knots]", list(self.codes))

    def forward(self, time: Tensor) -> Tensor:
        """(N,) float32 in [0, 1] to (N, width), differentiable in the codes alone."""
        codes = zip(self.windows(time), self.places(time), strict=True)
        return torch.cat([_interpolated(code, place) for code, place in codes], dim=-1)

    def windows(self, time: Tensor) -> list[Window]:
        """Of each scale the codes that instants (N,) need; all of them where they may learn. See `Knots.around`."""
        return windows(self.scales, time)

    def knots(self) -> list[Tensor]:
        """The codes over the whole shot, (K, C) for each scale."""
        return [knots() for knots in self.scales]

    def places(self, time: Tensor) -> list[Tensor]:
        """Where instants (N,) lie among the knots of each scale; see `Knots.place`."""
        return [knots.place(time) for knots in self.scales]

    def roughness(self) -> Tensor:
        """Mean squared second difference over time; a smooth shot has little."""
        return torch.stack([knots.bend() for knots in self.scales]).sum()


def _interpolated(codes: Window, place: Tensor) -> Tensor:
    """Of (K, C) at (N,) in [0, 1] from the shot's first knot to its last; what this costs does not depend on K."""
    place = place.detach().clamp(0, 1) * (codes.count - 1)
    knot = place.long().clamp(max=max(codes.count - 2, 0))
    share = (place - knot)[:, None]
    after = (knot + 1).clamp(max=codes.count - 1)
    one, other = (functional.embedding(number - codes.first, codes.values) for number in (knot, after))
    return torch.lerp(one, other, share)
