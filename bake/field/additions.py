"""Time that is added behind the end of a baked shot: codes and a deformation of its own for each stretch of it.

The spatial encoder, the decoder and the sky stay those of the bake, and so does every instant before: an addition
shares no parameter of time or motion with what was there, so that whatever it learns, nothing earlier can change.
Between two additions there is no seam at first: each begins as a copy of what came before, held at its last instant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from .deformation import Deformation
from .latents import TemporalLattice
from .planes import SpaceTimePlanes
from .segments import Knots

_FINEST = 12
"""Intervals of the finest codes in a segment of an addition; coarser ones have their share, as in the bake."""
_PARTS = 3
"""Parts of the occupancy in a segment: each as many knots long as a bake's."""


@dataclass(frozen=True)
class AdditionConfig:
    """Sizes of an addition. It begins where what came before ends.

    `last_frame` is the last instant that it knows; its knots may reach beyond. `segment_frames` are shot frames of one
    of its equal segments; knots count over a segment, both ends counted, as in `FieldConfig`.
    """

    last_frame: float
    segments: int
    segment_frames: float
    lattice: tuple[int, ...]
    plane_times: tuple[int, ...]
    parts: int
    """Of the occupancy, over the whole addition."""

    @property
    def frames(self) -> float:
        """Shot frames from its first knot to its last."""
        return self.segments * self.segment_frames

    def of_segments(self, segments: int) -> AdditionConfig:
        """The same with another number of segments."""
        return replace(self, segments=segments, parts=segments * _PARTS)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> AdditionConfig:
        """Rebuild from a header; lists become tuples."""
        values: dict[str, Any] = {}
        for key, value in document.items():
            values[key] = tuple(value) if isinstance(value, list) else value
        return cls(**values)


def addition_after(
    last_frame: float, frames: float, spacing: float, lattice: Sequence[int], plane_times: Sequence[int]
) -> AdditionConfig:
    """Sizes of an addition of at least so many shot frames that has knots as close as a bake's.

    Parameters
    ----------
    last_frame : float
        Where it begins; as yet it knows nothing after that.
    spacing : float
        Shot frames between two of the bake's finest knots; no addition has knots closer than a frame, which nothing
        could be learnt for.
    lattice, plane_times : sequence of int
        Knots over a segment of the bake.
    """
    segment = _FINEST * max(spacing, 1.0)
    finest = max(*lattice, *plane_times) - 1
    segments = max(1, -int(-frames // segment))

    def share(knots: Sequence[int]) -> tuple[int, ...]:
        return tuple(max(round((count - 1) * _FINEST / finest), 1) + 1 for count in knots)

    return AdditionConfig(last_frame, segments, segment, share(lattice), share(plane_times), segments * _PARTS)


class Addition(nn.Module):
    """Codes and deformation of one addition.

    Parameters
    ----------
    start, end : float
        Where its first and its last knot lie, in the bake's own measure of time: 1 is the end of the bake.
    lattice_width, planes
        As in `FieldConfig`.
    units
        Hidden units of the deformation's two layers.
    twists
        As in `FieldConfig`.
    """

    def __init__(
        self,
        config: AdditionConfig,
        start: float,
        end: float,
        lattice_width: int,
        planes: tuple[int, ...],
        units: tuple[int, int],
        twists: bool,
    ) -> None:
        super().__init__()
        self.start, self.end = start, end
        self.lattice = TemporalLattice(config.lattice, lattice_width, config.segments)
        self.planes = SpaceTimePlanes(planes, config.plane_times, config.segments)
        self.deformation = Deformation(self.lattice.width + self.planes.width, *units, twists)

    def blocks(self) -> dict[str, nn.Module]:
        """What takes the place of the bake's blocks of the same names in its time."""
        return {"lattice": self.lattice, "planes": self.planes, "deformation": self.deformation}

    def own_time(self, time: Tensor) -> Tensor:
        """Instants (N,) in the bake's measure to [0, 1] from the first knot to the last."""
        return ((time - self.start) / (self.end - self.start)).clamp(0, 1)

    @torch.no_grad()
    def begin_as(
        self, lattice: TemporalLattice, planes: SpaceTimePlanes, deformation: Deformation, end: Tensor
    ) -> None:
        """Become what others are at one instant, (1,) in their own [0, 1], and stay so for all time."""
        self.deformation.load_state_dict(deformation.state_dict())
        for own, given in zip(self.planes.space, planes.space, strict=True):
            own.copy_(given)
        for own, given in zip(self.knots, (*lattice.scales, *planes.levels), strict=True):
            values = given()
            place = float(given.place(end)[0].clamp(0, 1)) * (len(values) - 1)
            knot = min(int(place), len(values) - 2)
            held = torch.lerp(values[knot], values[knot + 1], place - knot)
            for part in own.segments:
                part.copy_(held.expand_as(part))

    @torch.no_grad()
    def take_from(self, longer: Addition) -> None:
        """Become the beginning of a longer one that has its knots as close."""
        self.deformation.load_state_dict(longer.deformation.state_dict())
        for own, given in zip(self.planes.space, longer.planes.space, strict=True):
            own.copy_(given)
        knots = zip(self.knots, longer.knots, strict=True)
        for own, given in knots:
            put(own, given())

    @property
    def knots(self) -> tuple[Knots, ...]:
        """Of all scales of the lattice, then of all levels of the planes."""
        return (*self.lattice.scales, *self.planes.levels)


@torch.no_grad()
def put(knots: Knots, values: Tensor) -> None:
    """Give knots the first of some values, (K or more, ...)."""
    first = 0
    for part in knots.segments:
        part.copy_(values[first : first + len(part)])
        first += len(part)
