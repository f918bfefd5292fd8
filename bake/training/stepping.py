"""One step of learning, whoever learns: cores take parts of the rays, and the next step has as many as it can shade.

A GPU takes all rays at once, and replays a recording of what is to be done with them where it can (see `recorded`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from ..contract.errors import UserError
from ..device.threads import cores, run_together
from ..device.triton_ready import has_kernels
from ..field.model import Field
from ..field.occupancy import Occupancy
from ..render.march import Marched
from ..render.sampling import Effort
from .learning import Batch, Learnt, learn, smooth
from .optimiser import Optimiser
from .recorded import CannotRecord, Recorder
from .tracking import Sightings

EFFORT = {False: Effort(128, 8), True: Effort(128, 10)}
"""By whether the field is opaque. Few samples a ray let a step see more rays; pictures are made with more of them."""
SHADED_AT_ONCE = {"cpu": 8192, "cuda": 65536}
"""Samples of a step, by type of device."""
_FIRST_RAYS, _FEWEST_RAYS = 1024, 128
_MOST_RAYS = {"cpu": 8192, "cuda": 65536}
_FALL = 0.7
"""Of the rays of the last step, what the next one has at least."""
_MOST_SHARDS = 4
"""Parts of a step that cores work on; each has gradients of its own to fill and add up."""
_SMOOTHING = {False: 0.05, True: 0.3}
"""By whether things are followed: what smoothing takes of the time that all rays of a step take."""
_DEALT = 32
"""Rays in a row that are shared out among the parts of a step."""
_ROOM = 1.25
"""Of a recorded step, in samples that it should shade."""
_RECORD_AFTER = 4
"""Steps of one kind before one is recorded: recording takes as long as some."""
_LOOK_UP_EVERY = 16
"""Recorded steps after which the host waits for the GPU, to see how it goes."""
_ALIKE = 0.15
"""Share by which a recorded step may have fewer or more rays than would be best."""
_EVEN = 1024
"""Rays of a GPU's steps are a multiple of this."""


@dataclass(frozen=True)
class Step:
    """What a step has learnt, in the same order whichever core was first.

    `shards` are the parts of its rays, and `parts` what each has brought, then what smoothing has. `loss` is of colour.
    """

    shards: list[Batch]
    parts: list[Learnt]
    loss: float

    @property
    def seen(self) -> list[Marched]:
        """What each of the shards has seen."""
        return [part.seen for part in self.parts if part.seen is not None]

    def note_in(self, occupancy: Occupancy, known: Tensor | None) -> None:
        """Let an occupancy take note of what the rays have met; `known` as `Occupancy.learn` has it."""
        for shard, found in zip(self.shards, self.seen, strict=True):
            samples = found.samples
            # Room that was left holds no samples.
            density = found.density if samples.complete is None else found.density * (samples.widths > 0)
            occupancy.learn(samples.unit, shard.rays.times[samples.ray()], density, known)


class Stepper:
    """Takes steps, one after the other.

    Parameters
    ----------
    what, hint : str
        Who diverged, where one does, and what to do about it.

    Attributes
    ----------
    rays : int
        How many the next step is to have.
    """

    def __init__(self, device: torch.device, effort: Effort, what: str, hint: str) -> None:
        self.effort, self.rays = effort, _FIRST_RAYS
        self._shaded, self._most = SHADED_AT_ONCE[device.type], _MOST_RAYS[device.type]
        self._cores = cores() if device.type == "cpu" else 1
        self._what, self._hint = what, hint
        self._recorder = Recorder(effort, int(_ROOM * self._shaded)) if has_kernels(device) else None
        self._kinds: Counter[tuple[object, ...]] = Counter()
        self._loss, self._taken = math.nan, 0

    def take(
        self,
        field: Field,
        optimiser: Optimiser,
        batch: Batch,
        *,
        number: int,
        scale: float,
        fraction: float = 1.0,
        smoothed: Field | None = None,
        found: Sightings | None = None,
        noting: Callable[[Step], None] = lambda _: None,
    ) -> Step:
        """Learn from a batch of `rays` rays.

        Parameters
        ----------
        number : int
            How many were taken before.
        scale : float
            Of the optimiser's rates.
        fraction : float
            How far learning is, 0 to 1, as `learn` takes it.
        smoothed : Field or None
            What is kept smooth, if it is not all of `field`.
        found : Sightings or None
            What the last step has seen of things on their ways.
        noting : callable
            What is to be done with what the step has seen, and asks the field nothing: one core does it while another
            moves the parameters.

        Raises
        ------
        UserError
            If the loss is no longer a number.
        """
        if self._recorder is not None and smoothed is None and self._recordable(field, batch, found):
            try:
                replayed = self._recorder.learn(field, optimiser.parameters, batch, found, fraction)
                optimiser.step(scale, [replayed.gradients])
                step = self._replayed(batch, replayed, number)
                noting(step)
                return step
            except CannotRecord:
                # Slower, but the same: nobody shall lose a bake for it.
                self._recorder = None
        shares = shares_of_rays(self._cores, _SMOOTHING[found is not None])
        shards = [batch.part(own) for own in dealt(len(batch.jitter), shares)] if len(shares) > 1 else [batch]
        parameters, count = optimiser.parameters, len(batch.jitter)
        tasks = [
            partial(learn, field, parameters, self.effort, shard, len(shard.jitter) / count, fraction)
            for shard in shards
        ]
        smoothing = partial(smooth, field if smoothed is None else smoothed, parameters, found, fraction)
        # Begun first, so that the core that is done with it takes the last part, which is smaller for that.
        smoother, *learnt = run_together([smoothing, *tasks])
        parts = [*learnt, smoother]
        step = Step(shards, parts, sum(float(part.loss) for part in parts))
        self._loss = step.loss
        self._demand_finite(step.loss, number)
        gradients = [part.gradients for part in parts]
        run_together([partial(optimiser.step, scale, gradients), partial(noting, step)])
        self._choose_rays(count, sum(len(seen.density) for seen in step.seen))
        return step

    def _demand_finite(self, loss: float, number: int) -> None:
        if not math.isfinite(loss):
            raise UserError(f"{self._what} diverged at step {number}: the loss is no longer a number.", self._hint)

    def _choose_rays(self, count: int, shaded: int) -> None:
        wanted = min(max(count * self._shaded / max(shaded, 1), _FEWEST_RAYS, count * _FALL), self._most)
        if self._recorder is None:
            self.rays = int(wanted)
        elif abs(wanted / count - 1) > _ALIKE or count % _EVEN:
            self.rays = max(round(wanted / _EVEN), 1) * _EVEN

    def _recordable(self, field: Field, batch: Batch, found: Sightings | None) -> bool:
        """Whether nothing in a step has to ask the GPU for a number, and there have been some of its kind."""
        learnt = field.exposures is not None and batch.stops is None
        if learnt or batch.weighing is not None or field.noise is not None or field.additions:
            return False
        kind = batch.timeless, len(batch.jitter), found is None
        self._kinds[kind] += 1
        return self._kinds[kind] > _RECORD_AFTER and len(batch.jitter) % _EVEN == 0

    def _replayed(self, batch: Batch, learnt: Learnt, number: int) -> Step:
        self._taken += 1
        if self._taken % _LOOK_UP_EVERY == 0 and learnt.seen is not None:
            self._loss = float(learnt.loss)
            self._demand_finite(self._loss, number)
            self._choose_rays(len(batch.jitter), int(learnt.seen.samples.counts.sum()))
        return Step([batch], [learnt], self._loss)


def shares_of_rays(cores: int, smoothing: float) -> list[float]:
    """Share of a step's rays for each part that cores work on, such that all end together.

    Parameters
    ----------
    smoothing : float
        What smoothing takes of the time that all rays take. The core that does it has the last part too, unless there
        are cores to spare.
    """
    parts = min(cores, _MOST_SHARDS)
    each = (1 + smoothing * (parts == cores)) / parts
    return [each] * (parts - 1) + [1 - each * (parts - 1)]


def dealt(count: int, shares: list[float]) -> list[Tensor]:
    """Which of `count` rays each part gets, int64 in rising order: of every few in a row its share, so that all parts
    are alike."""
    ends = [round(sum(shares[: part + 1]) * _DEALT) for part in range(len(shares))]
    owner = torch.bucketize(torch.arange(count) % _DEALT, torch.tensor(ends), right=True)
    return [(owner == part).nonzero()[:, 0] for part in range(len(shares))]
