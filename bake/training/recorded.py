"""What a step learns, recorded once and replayed: a GPU waits for nobody to say its hundreds of operations again.

A CUDA graph plays the same operations on the same memory. So what a step is given is copied to where the recording
found it, samples get fixed room, and whatever else a step's course depends on has a recording of its own.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import Parameter

from ..field.model import Field
from ..render.sampling import Effort
from .learning import Batch, Learnt, learn, smooth
from .pixels import Drawn
from .tracking import Sightings, tracks

_KEPT = 4
"""Recordings; each holds the memory of a step."""
_WARM_UPS = 2
"""Steps before one is recorded, so that kernels are compiled and libraries have what they need."""

Given = TypeVar("Given", Drawn, Sightings)


@dataclass(frozen=True)
class _Recording:
    graph: torch.cuda.CUDAGraph
    batch: Batch
    found: Sightings | None
    fraction: Tensor
    learnt: Learnt


class CannotRecord(Exception):
    """A step has not been recorded, and nothing has been learnt from it."""


class Recorder:
    """Learns from batches as `learn` and `smooth` together do.

    Parameters
    ----------
    room : int
        Samples for all rays of a batch; what comes after them is not seen.
    """

    def __init__(self, effort: Effort, room: int) -> None:
        self._effort, self._room = effort, room
        self._recordings: OrderedDict[tuple[object, ...], _Recording] = OrderedDict()
        self._stream = torch.cuda.Stream()

    def learn(
        self, field: Field, parameters: list[Parameter], batch: Batch, found: Sightings | None, fraction: float
    ) -> Learnt:
        """What is learnt, in memory that the next call writes to again.

        Raises
        ------
        CannotRecord
            If the GPU, or a library, does not let this kind of step be recorded.
        """
        told = (batch.timeless, *((name, len(tensor)) for name, tensor in _tensors(batch).items()))
        about = (None if found is None else len(found.time), tracks(fraction))
        # Where more knots are given to the codes, memory is another.
        memory = ((own.data_ptr(), own.numel()) for own in (field.occupancy.density, *parameters))
        key = (*told, *about, *memory)
        if key not in self._recordings:
            while len(self._recordings) >= _KEPT:
                self._recordings.popitem(last=False)
            try:
                self._recordings[key] = self._record(field, parameters, batch, found, fraction)
            except RuntimeError as error:
                raise CannotRecord(str(error)) from error
        self._recordings.move_to_end(key)
        own = self._recordings[key]
        write_batch(own.batch, batch)
        if own.found is not None and found is not None:
            _write(own.found, found)
        own.fraction.fill_(fraction)
        own.graph.replay()
        return own.learnt

    def _record(
        self, field: Field, parameters: list[Parameter], batch: Batch, found: Sightings | None, fraction: float
    ) -> _Recording:
        batch = copied(batch)
        found = None if found is None else _copy(found)
        told = torch.full((), fraction, device=batch.jitter.device)

        def once() -> Learnt:
            learnt = learn(field, parameters, self._effort, batch, 1.0, told, self._room)
            smoothed = smooth(field, parameters, found, fraction)
            both = zip(learnt.gradients, smoothed.gradients, strict=True)
            gradients = tuple(one if other is None else other if one is None else one + other for one, other in both)
            return Learnt(learnt.loss, gradients, learnt.seen)

        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            for _ in range(_WARM_UPS):
                once()
        torch.cuda.current_stream().wait_stream(self._stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self._stream):
            learnt = once()
        return _Recording(graph, batch, found, told, learnt)


def _copy(given: Given) -> Given:
    return type(given)(*(getattr(given, field.name).clone() for field in fields(given)))


def _write(to: Given, given: Given) -> None:
    for field in fields(given):
        getattr(to, field.name).copy_(getattr(given, field.name))


def copied(batch: Batch) -> Batch:
    """A batch that `write_batch` may write to."""
    own: dict[str, Any] = {name: tensor.clone() for name, tensor in _tensors(batch).items()}
    return replace(batch, rays=_copy(batch.rays), **own)


def write_batch(to: Batch, given: Batch) -> None:
    """Put what one batch holds where another, of the same kind, has it."""
    _write(to.rays, given.rays)
    new = _tensors(given)
    for name, tensor in _tensors(to).items():
        tensor.copy_(new[name])


def _tensors(batch: Batch) -> dict[str, Tensor]:
    """All but the rays'."""
    parts = {field.name: getattr(batch, field.name) for field in fields(batch)}
    return {name: part for name, part in parts.items() if isinstance(part, Tensor)}
