"""A few more steps of learning, after something was taken from a field: nothing begins anew."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..contract.errors import Cancelled
from ..field.model import Field
from ..render.sampling import Effort
from ..training.learning import Batch
from ..training.optimiser import Optimiser
from ..training.stepping import Stepper
from .teaching import Teacher

_EFFORT = {False: Effort(96, 8, 1e-5), True: Effort(128, 10)}
"""As *Standard* looks at a compressed field."""
_RATE = 0.25
"""Of a bake's rates at its best: what is known shall be kept."""
_WARM_UP = 20
_TELL_SECONDS = 0.5


@dataclass(frozen=True)
class Tuned:
    """What it took: steps, seconds, and rays seen."""

    steps: int
    seconds: float
    rays: int


def fine_tune(
    field: Field,
    teacher: Teacher,
    *,
    steps: int | None,
    seconds: float,
    should_stop: Callable[[], bool],
    tell: Callable[[float], None],
) -> Tuned:
    """Let a field learn for so many steps, or, where None are given, for so long.

    The occupancy stays as it is. Everything random comes from torch's generator.

    Raises
    ------
    Cancelled
        If `should_stop` says so; the field is then somewhere on its way.
    UserError
        If what is learnt diverges, or the footage can no longer be read.
    """
    device = field.low.device
    field.train().requires_grad_(True)
    if field.exposures is not None:
        # How the footage was exposed is known by now.
        field.exposures.requires_grad_(False)
    optimiser = Optimiser(field)
    stepper = Stepper(device, _EFFORT[field.config.opaque], "Learning", "Try another --seed.")
    began, seen, step = time.perf_counter(), 0, 0
    told = 0.0
    while True:
        passed = time.perf_counter() - began
        fraction = step / steps if steps is not None else passed / seconds
        if fraction >= 1:
            break
        if should_stop():
            raise Cancelled
        if passed - told >= _TELL_SECONDS:
            tell(fraction)
            told = passed
        scale = _RATE * min(1.0, (step + 1) / _WARM_UP) * (0.02 + 0.98 * (1 + math.cos(math.pi * fraction)) / 2)
        rays = stepper.rays
        drawn = teacher.draw(step, rays)
        jitter = torch.rand(rays, 1 + stepper.effort.samples, device=device)
        batch = Batch(drawn, None, jitter, torch.rand(rays, 3, device=device))
        stepper.take(field, optimiser, batch, number=step, scale=scale)
        step, seen = step + 1, seen + rays
    field.eval().requires_grad_(False)
    return Tuned(step, time.perf_counter() - began, seen)
