"""Knots over time, kept segment by segment, so that a long shot is made of pieces that can be read apart.

A segment owns its first knot and all within it; its last instants lie between its last own knot and the first of the
next segment, which both share. So values run through a join as they do through any other knot: there is no seam to
hide. The last segment also owns the end of the shot.

Knots lie evenly, until stretches of the shot are given more of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn

Stretch = tuple[float, float, int]
"""Part of the shot's time, from and to in [0, 1], and how often each interval between knots that lies in it, if only in
part, is halved."""


@dataclass(frozen=True)
class Window:
    """Neighbouring knots of a shot: values (k, ...), the number of the first, and how many knots the shot has."""

    values: Tensor
    first: int
    count: int

    @classmethod
    def whole(cls, values: Tensor) -> Window:
        """All knots of a shot."""
        return cls(values, 0, len(values))


class Knots(nn.Module):
    """What each segment owns of a shot's knots, one parameter each.

    Parameters
    ----------
    start : (K, ...) float32
        Values of the whole shot, time first, evenly spaced; `knots_of_shot` says K.
    segments : int
    """

    instants: Tensor | None

    def __init__(self, start: Tensor, segments: int) -> None:
        own = (len(start) - 1) // segments
        parts = start.split([own] * (segments - 1) + [len(start) - own * (segments - 1)])
        super().__init__()
        self.segments = nn.ParameterList(nn.Parameter(part.clone()) for part in parts)
        # What the field's sizes say need not be in its file as well.
        self.register_buffer("instants", None, persistent=False)
        self._take_counts([len(own) for own in self.segments])

    def forward(self) -> Tensor:
        """The knots of the whole shot, (K, ...), time first; lying one after the other in memory."""
        return torch.cat(list(self.segments)) if len(self.segments) > 1 else self.segments[0]

    def own(self, segment: int) -> Tensor:
        """The knots that a segment owns, (k, ...)."""
        return self.segments[segment]

    def around(self, time: Tensor) -> Window:
        """The knots between which instants (N,) lie, N at least 1, and all that are between those."""
        place = self.place(torch.stack(time.aminmax()).float()).float()
        # As whoever interpolates finds them, to the last bit.
        scaled = place.clamp(0, 1) * (self.count - 1)
        first, last = (min(int(knot), max(self.count - 2, 0)) for knot in scaled.tolist())
        return Window(self._from_to(first, min(last + 1, self.count - 1)), first, self.count)

    def at(self, time: float) -> Tensor:
        """Values (...) at one instant in [0, 1], in few operations: where it lies is worked out on the host."""
        place = self.place(torch.tensor([time]) if self.instants is None else self.instants.new_tensor([time]))
        scaled = float(place.float().clamp(0, 1)) * (self.count - 1)
        knot = min(int(scaled), max(self.count - 2, 0))
        around = self._from_to(knot, min(knot + 1, self.count - 1))
        return torch.lerp(around[0], around[-1], scaled - knot)

    @property
    def count(self) -> int:
        """Knots of the whole shot."""
        return self._starts[-1]

    def _from_to(self, first: int, last: int) -> Tensor:
        """Knots from number `first` to `last`, that one included."""
        parts = []
        for segment in self._segments(first, last):
            start = self._starts[segment]
            parts.append(self.own(segment)[max(first - start, 0) : last + 1 - start])
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _segments(self, first: int, last: int) -> range:
        """Which segments own knots from number `first` to `last`, that one included."""
        return range(bisect_right(self._starts, first) - 1, bisect_right(self._starts, last))

    def _take_counts(self, counts: Sequence[int]) -> None:
        """Note how many knots each segment owns."""
        self._starts = [0, *accumulate(counts)]

    def place(self, time: Tensor) -> Tensor:
        """Instants (N,) in [0, 1] to where they lie among the knots, 0 at the first and 1 at the last."""
        if self.instants is None:
            return time
        knot, share = _between(self.instants, time.detach().clamp(0, 1))
        return (knot + share) / (len(self.instants) - 1)

    def bend(self) -> Tensor:
        """Mean squared second difference over time: twice how far each knot is from the line between its neighbours."""
        values = self()
        if len(values) < 3:
            return values.sum() * 0
        if self.instants is None:
            return values.diff(n=2, dim=0).square().mean()
        before, after = self.instants.diff()[:-1], self.instants.diff()[1:]
        share = (before / (before + after)).view(-1, *[1] * (values.dim() - 1))
        return (2 * (torch.lerp(values[:-2], values[2:], share) - values[1:-1])).square().mean()

    @torch.no_grad()
    def refine(self, stretches: Sequence[Stretch], moments: Mapping[Tensor, dict[str, Any]]) -> None:
        """Add knots where stretches say so, on the lines between those that are there: nothing changes at first.

        Parameters
        ----------
        moments : mapping
            What an optimiser remembers of parameters, by name; what has a parameter's shape gets its new knots, too.
        """
        count = sum(len(own) for own in self.segments)
        even, finer = finer_instants(count, ()), finer_instants(count, stretches)
        joins = even[:: (count - 1) // len(self.segments)][1:-1].contiguous()
        sizes = torch.searchsorted(finer, joins).diff(prepend=torch.tensor([0]), append=torch.tensor([len(finer)]))
        remembered = [moments.get(own, {}) for own in self.segments]
        for name in remembered[0]:
            parts = [memory[name] for memory in remembered]
            if all(part.shape == own.shape for part, own in zip(parts, self.segments, strict=True)):
                for memory, part in zip(remembered, _resampled(parts, even, finer, sizes), strict=True):
                    memory[name] = part
        for own, part in zip(self.segments, _resampled(list(self.segments), even, finer, sizes), strict=True):
            # While any graph of it lives, autograd expects gradients of the old shape, unless its kind was changed.
            own.data = own.data.double()
            own.data, own.grad = part, None
        self.instants = finer.to(self.segments[0])
        self._take_counts(sizes.tolist())


def windows(of: Sequence[Knots], time: Tensor) -> list[Window]:
    """What instants (N,) need of several knots; all of them where they may learn, or where a GPU has them all: to find
    out which are needed it would have to be waited for."""
    learning = torch.is_grad_enabled() and any(own.requires_grad for own in of[0].parameters())
    if learning or (time.device.type == "cuda" and all(type(knots) is Knots for knots in of)):
        return [Window.whole(knots()) for knots in of]
    return [knots.around(time if len(time) else time.new_zeros(1)) for knots in of]


def knots_of_shot(knots: int, segments: int) -> int:
    """How many knots a shot has, where `knots` lie on each segment from end to end, both ends counted."""
    return (knots - 1) * segments + 1


def finer_instants(count: int, stretches: Sequence[Stretch]) -> Tensor:
    """`count` even instants from 0 to 1, and those that halve intervals where stretches say so; (K,) float64."""
    even = torch.linspace(0, 1, count, dtype=torch.float64)
    halvings = torch.zeros(count - 1, dtype=torch.int64)
    for start, end, times in stretches:
        within = (even[1:] > start) & (even[:-1] < end)
        halvings[within] = halvings[within].clamp(min=times)
    parts = 2**halvings
    owner = torch.arange(count - 1).repeat_interleave(parts)
    share = (torch.arange(len(owner)) - (parts.cumsum(0) - parts)[owner]) / parts[owner]
    return torch.cat([torch.lerp(even[owner], even[owner + 1], share.double()), even[-1:]])


def _resampled(parts: Sequence[Tensor], even: Tensor, finer: Tensor, sizes: Tensor) -> list[Tensor]:
    values = torch.cat([part.detach() for part in parts])
    knot, share = _between(even, finer)
    knot, share = knot.to(values.device), share.to(values).view(-1, *[1] * (values.dim() - 1))
    found = torch.lerp(values[knot], values[knot + 1], share)
    return [part.clone() for part in found.split(sizes.tolist())]


def _between(instants: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
    """The last knot that is no later, so that one follows, and the share of the way to that one."""
    knot = (torch.searchsorted(instants, time.contiguous(), right=True) - 1).clamp(0, len(instants) - 2)
    return knot, (time - instants[knot]) / (instants[knot + 1] - instants[knot])
