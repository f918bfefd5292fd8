"""The blocks of a field that grow with its shot, read from the field file as instants need them.

Each says exactly what the block says whose name it has: the same values go through the same arithmetic, only that what
lies elsewhere in time is not in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from ..contract.field_file import OCCUPANCY
from .additions import Addition, AdditionConfig
from .exposures import Exposures
from .held_tensors import HeldTensors
from .occupancy import Occupancy
from .segments import Knots, Stretch, finer_instants, knots_of_shot

if TYPE_CHECKING:
    from .model import Field, FieldConfig


def let_stream(field: Field, config: FieldConfig, held: HeldTensors) -> None:
    """Let a field, made for a shot of one segment, have the blocks of the whole shot of `config` from its file.

    Raises
    ------
    KeyError
        If the file lacks one.
    """
    stretches, segments = config.finer or (), config.segments

    def knots(prefix: str, number: int, counts: Sequence[int]) -> StoredKnots:
        names = [f"field.{prefix}.{number}.segments.{segment}" for segment in range(segments)]
        finer = stretches if number == len(counts) - 1 else ()
        return StoredKnots(held, names, finer, knots_of_shot(counts[number], segments))

    for number in range(len(config.lattice)):
        field.lattice.codes[number] = knots("lattice.codes", number, config.lattice)
    for number in range(len(config.plane_times)):
        field.planes.time[number] = knots("planes.time", number, config.plane_times)
    parts = sum(name.startswith(f"{OCCUPANCY}.") for name in held.tensors.names())
    names = [f"{OCCUPANCY}.{part}" for part in range(parts)]
    field.occupancy = StoredOccupancy(held, names, stretches, config.occupancy_parts)
    _let_additions_stream(field, config, held)
    if config.pictures:
        field.exposures = StoredExposures(held, "field.exposures.", config.pictures, config.light_width)
    field.config = config


def _let_additions_stream(field: Field, config: FieldConfig, held: HeldTensors) -> None:
    """As `let_stream`, for time that was added; the occupancy is there already."""
    first = field.occupancy.parts - sum(own.parts for own in config.additions)
    after = config.last_frame
    ahead = _Ahead(len(config.additions), lambda number: _of(field, number).expect())
    for number, own in enumerate(config.additions):
        start, end = field.span_of(own, after)
        make = partial(_read_addition, field, own, start, end, held, f"field.additions.{number}.")
        field.additions.append(StoredAddition(start, end, held, f"field.additions.{number}.", make, ahead, number))
        field.occupancy.count_added(start, end, first, own.parts)
        first, after = first + own.parts, own.last_frame


def _of(field: Field, number: int) -> StoredAddition:
    return cast("StoredAddition", field.additions[number])


def _read_addition(
    field: Field, config: AdditionConfig, start: float, end: float, held: HeldTensors, prefix: str
) -> Addition:
    found = field.addition(config, start, end)
    state = {name: held.read(f"{prefix}{name}") for name in found.state_dict()}
    found.load_state_dict(state, assign=True)
    return found.eval().requires_grad_(False)


class _Ahead:
    """Has what lies beside what is in use read, of `count` things in the order of time, in the direction of play."""

    def __init__(self, count: int, expect: Callable[[int], None]) -> None:
        self._count, self._expect = count, expect
        self._last = -1

    def look(self, first: int, last: int) -> None:
        """Things from number `first` to `last` are in use."""
        if first == self._last:
            return
        beside = last + 1 if first > self._last else first - 1
        self._last = first
        if 0 <= beside < self._count:
            self._expect(beside)


def _tensors_ahead(held: HeldTensors, names: Sequence[str]) -> _Ahead:
    return _Ahead(len(names), lambda number: held.expect(names[number]))


class StoredAddition(Addition):
    """As `Addition`, all of it in a file, and held as one.

    Parameters
    ----------
    prefix : str
        Of the names of its tensors.
    make : callable
        Reads it.
    number : int
        Of the field's additions; `ahead` is told that it is in use.
    """

    def __init__(
        self,
        start: float,
        end: float,
        held: HeldTensors,
        prefix: str,
        make: Callable[[], Addition],
        ahead: _Ahead,
        number: int,
    ) -> None:
        nn.Module.__init__(self)
        self.start, self.end = start, end
        self._held, self._prefix, self._make = held, prefix, make
        self._ahead, self._number = ahead, number

    def blocks(self) -> dict[str, nn.Module]:
        """As `Addition.blocks`; read, where they are not at hand."""
        found = self._held.made(self._prefix, self._make)
        self._ahead.look(self._number, self._number)
        return found.blocks()

    def expect(self) -> None:
        """Be read meanwhile."""
        self._held.expect(self._prefix, self._make)


class StoredKnots(Knots):
    """As `Knots`, of segments in a file.

    Parameters
    ----------
    names : sequence of str
        Of the tensors that are the segments.
    stretches : sequence of Stretch
        By which the knots of an even shot were made more; `even` is how many there were.
    """

    def __init__(self, held: HeldTensors, names: Sequence[str], stretches: Sequence[Stretch], even: int) -> None:
        nn.Module.__init__(self)
        self._held, self._names, self._ahead = held, names, _tensors_ahead(held, names)
        self.segments = nn.ParameterList()
        instants = finer_instants(even, stretches).to(torch.float32) if stretches else None
        self.register_buffer("instants", instants, persistent=False)
        self._take_counts([held.tensors.shape(name)[0] for name in names])

    def forward(self) -> Tensor:
        """The knots of the whole shot, however many these are."""
        return torch.cat([self.own(segment) for segment in range(len(self._names))])

    def own(self, segment: int) -> Tensor:
        """As `Knots.own`; read, where it is not at hand."""
        return self._held.get(self._names[segment])

    def _segments(self, first: int, last: int) -> range:
        found = super()._segments(first, last)
        self._ahead.look(found[0], found[-1])
        return found


class StoredOccupancy(Occupancy):
    """As `Occupancy`, of parts in a file, and only to be asked."""

    def __init__(self, held: HeldTensors, names: Sequence[str], stretches: Sequence[Stretch], even: int) -> None:
        nn.Module.__init__(self)
        self.held_tensors, self._names, self._ahead = held, names, _tensors_ahead(held, names)
        self.cells = held.tensors.shape(names[0])[0]
        self.boxes = {}
        halved = [(start, end, 1) for start, end, _ in stretches]
        instants = finer_instants(even + 1, halved).to(torch.float32) if stretches else None
        self.register_buffer("instants", instants, persistent=False)

    @property
    def parts(self) -> int:
        """Parts of the shot's time."""
        return len(self._names)

    def _from_to(self, first: int, last: int) -> Tensor:
        self._ahead.look(first, last)
        parts = [self.held_tensors.get(name) for name in self._names[first : last + 1]]
        return parts[0][None] if len(parts) == 1 else torch.stack(parts)


class StoredExposures(Exposures):
    """As `Exposures`, of pictures in a file, and only to be asked what `at` answers."""

    def __init__(self, held: HeldTensors, prefix: str, pictures: int, width: int) -> None:
        nn.Module.__init__(self)
        self._held, self._prefix, self._sizes = held, prefix, (pictures, width)

    def known(self) -> tuple[Tensor, Tensor, Tensor]:
        """As `Exposures.known`; the descriptions of the pictures, which are much larger, are not kept."""
        stops, taken, streams = self._held.made(self._prefix, self._worked_out)
        return stops, taken, streams

    def _worked_out(self) -> tuple[Tensor, ...]:
        names = [name for name in self._held.tensors.names() if name.startswith(self._prefix)]
        whole = Exposures(*self._sizes)
        state = {name.removeprefix(self._prefix): self._held.read(name) for name in names}
        whole.to(next(iter(state.values())).device).load_state_dict(state)
        with torch.no_grad():
            return whole.known()
