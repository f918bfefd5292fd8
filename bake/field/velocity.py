"""How fast things move in a field, told by its density, and how fast its temporal codes can carry them.

What deforms is not asked: motion that is too fast for the codes is what the deformation has not found. Density shows it
whichever way the field tells it, be it as one thing that moves or as one that fades while another comes up.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..contract.errors import Cancelled
from ..device.threads import run_together
from .model import DENSITY_SCALE, Field
from .waves import FINEST_WAVE

_CELLS = 32
"""Cells along an edge of the bounds; what the codes carry is four of them."""
_HALF = math.log(2)
"""Optical depth that stops half of the light."""
_FEWEST = 4
"""Cells that must have moved so far: one alone is noise."""


@dataclass(frozen=True)
class Advance:
    """Density was `distance`, capture units, away from where it is: between two instants, shot frames."""

    start: float
    end: float
    distance: float

    @property
    def speed(self) -> float:
        """Capture units a frame."""
        return self.distance / (self.end - self.start)


def reach(field: Field) -> float:
    """How far, in capture units, a thing may move from one knot of the finest codes to the next.

    Between two knots codes are mixtures of both, so that the deformation, a smooth function of code and place, can only
    take a thing along a path between two poses. It tells places apart by waves: what moves further than half of the
    finest one is as unlike itself as can be, and the mixture is no longer the thing in between but two, half faded.
    """
    return FINEST_WAVE / 2 * field.unit_length * (2 if field.config.opaque else 1)


def knot_spacing(field: Field) -> float:
    """Shot frames between two knots of the finest codes, before any were added."""
    config = field.config
    return (config.last_frame - config.first_frame) / (config.segments * (max(config.lattice) - 1))


def advances(field: Field, frames: Sequence[float], should_stop: Callable[[], bool]) -> list[Advance]:
    """Where density moves by `reach` or more in no more time than knots are apart.

    Between two instants it moves by the Hausdorff distance of what is dense then and now (Huttenlocher, Klanderman and
    Rucklidge 1993), but for the few farthest cells: how far the farthest of what is dense at one instant lies from
    whatever is dense at the other. For a convex thing that only moves this is its displacement; near other things it
    is less. Nothing random decides.

    Parameters
    ----------
    frames : sequence of float
        Instants to look at, shot frames, rising.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    spacing, least, middles = knot_spacing(field), reach(field), _middles(field)
    found: list[Advance] = []
    seen: deque[tuple[float, Tensor]] = deque()
    for frame, dense in _dense(field, frames, should_stop):
        while seen and frame - seen[0][0] > max(spacing, 1.0):
            seen.popleft()
        for earlier, before in _ever_earlier(seen):
            distance = max(_beyond(middles, dense, before), _beyond(middles, before, dense))
            if distance >= least:
                found.append(Advance(earlier, frame, distance))
        seen.append((frame, dense))
    return found


def _ever_earlier(seen: Sequence[tuple[float, Tensor]]) -> list[tuple[float, Tensor]]:
    """The last of them, the one before, twice as far back each time, and the first."""
    back = {min(2**doubling, len(seen)) for doubling in range(len(seen).bit_length() + 1)} if seen else set()
    return [seen[-number] for number in sorted(back)]


def _dense(field: Field, frames: Sequence[float], should_stop: Callable[[], bool]) -> Iterator[tuple[float, Tensor]]:
    """Which cells of the bounds stop half of the light, (cells,) bool in the order of `_middles`, frame by frame."""
    unit, _ = field.to_unit(_middles(field))
    cell = field.occupancy.cell(unit)
    edge = float((field.high - field.low).mean()) / _CELLS
    least = _HALF * field.unit_length / (DENSITY_SCALE * edge)
    for frame in frames:
        if should_stop():
            raise Cancelled
        time = torch.full((1,), field.normalised_time(frame), device=unit.device)
        dense = field.occupancy.held(time).view(-1)[cell] > least / 10
        pieces = unit[dense].split(8192)
        density = run_together([partial(_density, field, piece, time.expand(len(piece))) for piece in pieces])
        dense[dense.clone()] = torch.cat(density) > least
        yield frame, dense


def _middles(field: Field) -> Tensor:
    axis = (torch.arange(_CELLS, device=field.low.device) + 0.5) / _CELLS
    return torch.lerp(field.low, field.high, torch.cartesian_prod(axis, axis, axis))


@torch.no_grad()
def _density(field: Field, unit: Tensor, time: Tensor) -> Tensor:
    return field.density(unit, time)


def _beyond(middles: Tensor, one: Tensor, other: Tensor) -> float:
    """How far the farthest few cells of one (cells,) bool lie from the nearest of another; 0 where either are few."""
    new, there = middles[one & ~other], middles[other]
    if min(len(new), len(there)) < _FEWEST:
        return 0.0
    distance = torch.cat([torch.cdist(piece, there).amin(dim=1) for piece in new.split(1024)])
    return float(distance.topk(_FEWEST).values[-1])
