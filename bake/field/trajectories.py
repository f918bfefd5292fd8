"""The way of a thing through the shot: where a point of canonical space is at any instant.

The deformation answers the opposite question, place by place and instant by instant, so that it can explain every
picture by a motion of its own. That a thing goes a smooth way and keeps its shape can be said here, where a point of a
thing has one name at all instants. Only training asks for it: it holds the deformation to what these ways say.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .waves import WIDTH, with_waves

_HIDDEN = 64


class Trajectories(nn.Module):
    """An MLP from a canonical point to a series over each segment's time; its head starts at zero: nothing moves.

    The series is a place, a steady motion, and cosines (Wang et al. 2021, Neural Trajectory Fields for Dynamic Novel
    View Synthesis, section 3.2, where there are cosines alone: they all stand still at both ends).

    Parameters
    ----------
    terms : int
        Of the series, 2 or more; the last one swings some `terms / 2` times in a segment.
    segments : int
        Equal segments of the shot.
    """

    def __init__(self, terms: int, segments: int = 1) -> None:
        super().__init__()
        self.terms = terms
        self.first = nn.Linear(WIDTH, _HIDDEN)
        self.segment = nn.Parameter(torch.zeros(segments, _HIDDEN))
        self.second = nn.Linear(_HIDDEN, _HIDDEN)
        self.head = nn.Linear(_HIDDEN, 3 * terms)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def series(self, canonical: Tensor, segment: Tensor) -> Tensor:
        """(N, 3) points of canonical space, in the unit cube, and (N,) int64 to (N, terms, 3) amplitudes."""
        # Where there is one segment, adding up gradients of an index would let a GPU's threads wait for each other.
        own = self.segment if len(self.segment) == 1 else self.segment[segment]
        hidden = nn.functional.silu(self.first(with_waves(canonical)) + own)
        amplitudes = self.head(nn.functional.silu(self.second(hidden))).view(-1, self.terms, 3)
        # The faster a swing, the smaller it is likely to be.
        return amplitudes / torch.arange(self.terms, device=canonical.device).clamp(min=1)[:, None]

    def place(self, canonical: Tensor, series: Tensor, time: Tensor) -> Tensor:
        """Where points are at (N,) instants of their segment, in [0, 1] over the shot: (N, 3), in the unit cube."""
        _, within = self.segment_of(time)
        swings = torch.cos(torch.pi * within[:, None] * torch.arange(1, self.terms - 1, device=time.device))
        values = torch.cat([torch.ones_like(within)[:, None], 2 * within[:, None] - 1, swings], dim=1)
        return canonical + (series * values[:, :, None]).sum(dim=1)

    def segment_of(self, time: Tensor) -> tuple[Tensor, Tensor]:
        """The segment of (N,) instants, int64, and how far it is over by then, in [0, 1]."""
        count = len(self.segment)
        segment = (time * count).long().clamp(0, count - 1)
        return segment, time * count - segment
