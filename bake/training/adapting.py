"""Adapting a baked field to footage that goes on where its bake ended: a few steps on each instant as it comes.

Only what an addition owns learns: codes over time and a copy of the deformation. The decoder, the spatial encoder and
the sky are fixed, and earlier time shares nothing with it (see `field.additions`), so nothing earlier can be lost.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from ..contract.adaptation import LeftBounds
from ..contract.errors import Cancelled
from ..device.threads import keep_freed_memory
from ..field.additions import addition_after, put
from ..field.model import Field
from ..field.segments import Knots
from ..field.velocity import knot_spacing
from ..footage.shot import Frame
from ..render.march import make_rays, march
from .arrivals import Arrival, at_time, joined
from .learning import Batch
from .leaving import share_beyond
from .optimiser import Optimiser
from .pixels import Drawn
from .stepping import EFFORT, Step, Stepper

_NEWEST, _JOIN = 0.6, 0.1
"""Shares of the rays of a step that go to the newest instant, and to what the field showed where the addition begins;
the others go to what came between."""
_KEPT = 24
"""Instants of an addition that are held to be learnt from again."""
_JOIN_RAYS = 4096
_REACH = 4
"""Cells by which things may have moved where nothing is known yet of a part of time."""
_MAY_HOLD = 0.1
"""Density that such a cell is taken for: enough to be looked at, too little to draw samples away from surfaces, which
costs two decibels at once."""
_REMEMBERED = 0.4
"""What a cell keeps of its density in the last look: so little that what only might have held something is let go."""
_LOOKS, _LOOK_EVERY = 8192, 4
_LAST = 0.05
"""Of the rate of an instant's first step, what its last one has: without that, steps end in their own noise."""
_RECENT = 9
"""Steps by which the length of the next one is judged."""


@dataclass(frozen=True)
class AdaptSettings:
    """What a person chooses.

    `budget` is in milliseconds of steps for each instant, of which there are `steps` instead, if that is given;
    `buffer`, how many instants may wait; `device` is auto, cpu or cuda. `frames`, of an addition at most: after so many
    a new one begins, and what was learnt stays.
    """

    budget: float = 1000.0
    buffer: int = 3
    steps: int | None = None
    device: str = "auto"
    frames: float = 48.0
    seed: int = 0


@dataclass(frozen=True)
class Adapted:
    """How adapting went.

    `step_ms` is the median step. `before` and `after` are PSNR in dB of rays that were never learnt from: of the field
    as it was, held at its last instant, and of what has become of it.
    """

    steps: int
    step_ms: float
    before: float
    after: float


class Adapting:
    """Adapts a field, instant by instant. The field is changed in place."""

    def __init__(self, field: Field, settings: AdaptSettings, should_stop: Callable[[], bool] = lambda: False) -> None:
        torch.manual_seed(settings.seed)
        keep_freed_memory()
        self.field, self.settings, self.should_stop = field, settings, should_stop
        self.device = field.low.device
        hint = "Check the footage for broken pictures."
        self.stepper = Stepper(self.device, EFFORT[field.config.opaque], "Adapting", hint)
        self.step = 0
        self.began = field.time_of(field.config.end_frame)
        self.durations: list[float] = []
        self.loss, self.seconds = math.nan, 0.0
        self.instants = 0
        self.judged: list[tuple[Drawn, float]] = []
        self.known_part = -1
        self.kept: list[Arrival] = []
        self.left: LeftBounds | None = None
        self.left_now = 0.0

    def look_out(self, shot_frame: float, frames: Sequence[Frame]) -> None:
        """Take note of what the pictures of one instant show beyond the field's bounds; raises as `share_beyond`."""
        self.left_now = share_beyond(self.field, frames)
        if self.left_now and self.left is not None:
            self.left = self.left.with_instant(self.left_now, shot_frame)
        elif self.left_now:
            self.left = LeftBounds(self.left_now, shot_frame, shot_frame)

    def meet(self, arrival: Arrival, judge: Arrival) -> int:
        """Take as many steps on a new instant as its budget allows, one at least; returns how many.

        Raises
        ------
        UserError
            If the loss is no longer a number.
        Cancelled
            If `should_stop` says so.
        """
        self._reach(arrival)
        self.instants += 1
        when = self.field.time_of(arrival.shot_frame)
        self.judged.append((judge.rays(torch.arange(len(judge.owner), device=self.device), when), when))
        begun, count, done = time.perf_counter(), 0, 0.0
        while count == 0 or done < 1:
            if self.should_stop():
                raise Cancelled
            since = time.perf_counter()
            self._step(arrival, when, _LAST + (1 - _LAST) * (1 + math.cos(math.pi * done)) / 2)
            now = time.perf_counter()
            self.durations.append(1000 * (now - since))
            count += 1
            done = self._share_done(count, 1000 * (now - begun))
        self.seconds += time.perf_counter() - begun
        self.kept = [*self.kept, arrival][-_KEPT:]
        return count

    def _share_done(self, count: int, spent: float) -> float:
        """How much of an instant's steps is done; 1 where one more would exceed the budget."""
        if self.settings.steps is not None:
            return count / self.settings.steps
        recent = sorted(self.durations[-_RECENT:])
        one = recent[len(recent) // 2]
        return 1.0 if spent + one > self.settings.budget else spent / self.settings.budget

    def finish(self) -> Adapted:
        """What was reached; the occupancy is as the field now is."""
        parts = torch.arange(self.first_part, self.known_part + 1, device=self.device)
        self.field.occupancy.sweep(self.field, _REMEMBERED, parts)
        self._carry_on()
        self.field.trim()
        after, before = self._psnr(None), self._psnr(self.began)
        durations = sorted(self.durations)
        return Adapted(self.step, durations[len(durations) // 2], before, after)

    def _reach(self, arrival: Arrival) -> None:
        """Let the field know the instant: add time where there is none, and foresee codes from those before."""
        config = self.field.config
        latest = self.field.latest if self.instants else None
        if latest is None or self.field.time_of(arrival.shot_frame) > latest.end + 1e-9:
            self._append(max(self.settings.frames, arrival.shot_frame - config.end_frame), arrival)
        self.field.reach(arrival.shot_frame)
        latest = self.field.latest
        assert latest is not None
        when = self.field.time_of(arrival.shot_frame)
        own = float(latest.own_time(torch.tensor([when], device=self.device)))
        for number, knots in enumerate(latest.knots):
            self.foreseen[number] = foresee(knots, own, self.foreseen[number])
        self._open_parts(int(self.field.occupancy.part(torch.tensor([when], device=self.device))))

    def _append(self, frames: float, arrival: Arrival) -> None:
        config = self.field.config
        if self.instants:
            self._carry_on()
        start = self.field.time_of(config.end_frame)
        first = self.field.occupancy.parts
        self._known = self.field.occupancy.part(torch.tensor([start], device=self.device))
        join = arrival.any_rays(_JOIN_RAYS, start)
        self.join = self._as_shown(join)
        added = self.field.append(
            addition_after(config.end_frame, frames, knot_spacing(self.field), config.lattice, config.plane_times)
        )
        self.join = at_time(self.join, math.nextafter(start, math.inf) + 1e-6)
        if not self.instants:
            self.first_part = first
        self.known_part = first - 1
        self.field.occupancy.density[first:] = self.field.occupancy.density[self._known]
        for parameter in added.parameters():
            parameter.requires_grad_(True)
        self.own = self._own()
        self.optimiser = Optimiser(self.own)
        self.foreseen = [0] * len(added.knots)
        self.kept = []

    def _own(self) -> Field:
        """A field that owns nothing but what learns."""
        own = copy(self.field._within(self.field.latest))
        fixed = ("grid", "decoder", "sky", "exposures", "noise", "trajectories")
        own._modules = {**own._modules, **dict.fromkeys(fixed)}
        return own

    @torch.no_grad()
    def _as_shown(self, rays: Drawn) -> Drawn:
        """Rays with what the field shows there in place of the footage's colours."""
        colours = []
        for first in range(0, len(rays.times), 1024):
            own = slice(first, first + 1024)
            seen = march(
                self.field,
                make_rays(self.field, rays.origins[own], rays.directions[own], rays.times[own]),
                self.stepper.effort,
            )
            if seen.sky is None:
                alpha = seen.alpha[:, None]
                colours.append(torch.cat([seen.colour / alpha.clamp(min=1e-4), alpha], dim=1))
            else:
                colours.append(torch.cat([seen.over(0.0), torch.ones_like(seen.alpha[:, None])], dim=1))
        return replace(rays, rgba=torch.cat(colours).clamp(0, 1))

    def _open_parts(self, part: int) -> None:
        """What a part of time may hold that nobody has looked at: what was there before, and all around it."""
        density = self.field.occupancy.density
        while self.known_part < part:
            before = density[self.known_part if self.known_part >= self.first_part else int(self._known)]
            self.known_part += 1
            around = functional.max_pool3d(before[None, None], 2 * _REACH + 1, stride=1, padding=_REACH)[0, 0]
            density[self.known_part] = torch.maximum(before, around.clamp(max=_MAY_HOLD))

    def _carry_on(self) -> None:
        """Parts of time that were never reached hold what the last known one holds."""
        density = self.field.occupancy.density
        density[self.known_part + 1 :] = density[self.known_part]

    def _step(self, arrival: Arrival, when: float, scale: float) -> None:
        batch = self._draw(arrival, when)
        taken = self.stepper.take(
            self._plain(), self.optimiser, batch, number=self.step, scale=scale, smoothed=self.own
        )
        self.loss = taken.loss
        self.step += 1
        self._look(taken)

    def _plain(self) -> Field:
        """The field without what is known of the pictures of its bake alone."""
        plain = copy(self.field)
        plain._modules = {**self.field._modules, "exposures": None, "noise": None}
        return plain

    def _draw(self, arrival: Arrival, when: float) -> Batch:
        count = self.stepper.rays
        join = round(count * _JOIN)
        newest = round(count * _NEWEST) if self.kept else count - join
        parts = [arrival.any_rays(newest, when)]
        left = count - join - newest
        chosen = torch.randint(max(len(self.kept), 1), (left,)).bincount(minlength=len(self.kept)).tolist()
        for held, number in zip(self.kept, chosen, strict=True):
            if number:
                parts.append(held.any_rays(number, self.field.time_of(held.shot_frame)))
        parts.append(_picked(self.join, torch.randint(len(self.join.times), (join,), device=self.device)))
        rays = joined(parts)
        jitter = torch.rand(count, 1 + self.stepper.effort.samples, device=self.device)
        return Batch(rays, None, jitter, torch.rand(count, 3, device=self.device))

    def _look(self, taken: Step) -> None:
        occupancy = self.field.occupancy
        known = torch.zeros(occupancy.parts, dtype=torch.bool, device=self.device)
        known[max(self.known_part - 2, self.first_part) : self.known_part + 1] = True
        taken.note_in(occupancy, known)
        if self.step % _LOOK_EVERY == 0:
            parts = torch.tensor([self.known_part], device=self.device)
            occupancy.look(self.field, _LOOKS, decay=0.8, everywhere=0.2, parts=parts)

    @torch.no_grad()
    def _psnr(self, held_at: float | None) -> float:
        """PSNR, dB, of rays that were never learnt from, over black; all at one instant, if asked for."""
        errors = []
        for rays, when in self.judged:
            times = torch.full_like(rays.times, when if held_at is None else held_at)
            seen = march(self.field, make_rays(self.field, rays.origins, rays.directions, times), self.stepper.effort)
            errors.append((seen.over(0.0) - rays.rgba[:, :3] * rays.rgba[:, 3:]).square().mean(dim=-1))
        return -10 * math.log10(max(float(torch.cat(errors).mean()), 1e-10))


@torch.no_grad()
def foresee(knots: Knots, own: float, known: int) -> int:
    """Let knots that an instant is the first to need go on in a straight line; returns the last that is known then.

    Parameters
    ----------
    own : float
        The instant, in [0, 1] from the first knot to the last.
    known : int
        The last knot that was needed so far.
    """
    values = knots().clone()
    needed = min(math.ceil(own * (len(values) - 1) - 1e-6), len(values) - 1)
    if needed <= known:
        return known
    step = values[known] - values[max(known - 1, 0)]
    for number in range(known + 1, len(values)):
        values[number] = values[known] + step * min(number - known, needed - known)
    put(knots, values)
    return needed


def _picked(rays: Drawn, index: Tensor) -> Drawn:
    return Drawn(rays.origins[index], rays.directions[index], rays.times[index], rays.rgba[index], index, index)
