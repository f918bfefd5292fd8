"""Knots over time, kept segment by segment, so that a long shot is made of pieces that can be read apart.

A segment owns its first knot and all within it; its last instants lie between its last own knot and the first of the
next segment, which both share. So values run through a join as they do through any other knot: there is no seam to
hide. The last segment also owns the end of the shot.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Knots(nn.Module):
    """What each segment owns of a shot's knots, one parameter each.

    Parameters
    ----------
    start : (K, ...) float32
        Values of the whole shot, time first, where `knots_of_shot` says K.
    segments : int
    """

    def __init__(self, start: Tensor, segments: int) -> None:
        own = (len(start) - 1) // segments
        parts = start.split([own] * (segments - 1) + [len(start) - own * (segments - 1)])
        super().__init__()
        self.segments = nn.ParameterList(nn.Parameter(part.clone()) for part in parts)

    def forward(self) -> Tensor:
        """The knots of the whole shot, (K, ...), time first; lying one after the other in memory."""
        return torch.cat(list(self.segments)) if len(self.segments) > 1 else self.segments[0]


def knots_of_shot(knots: int, segments: int) -> int:
    """How many knots a shot has, where `knots` lie on each segment from end to end, both ends counted."""
    return (knots - 1) * segments + 1
