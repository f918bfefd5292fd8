"""A picture in so many milliseconds: how large and with how many samples, so that it is in time and nothing pumps.

What a picture will cost is told beforehand, by where a few of its rays would be sampled, so a sudden jump is met in
the very frame. Between cuts the size follows in small steps, downwards soon and upwards late. If the machine turns out
to be slower than it was, the picture stops at what it has reached (`timed`): it is never late by more than a round.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt
from statistics import median
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..contract.messages import Quality
from ..contract.picture_budget import Budget, Favours
from .foveation import LESSER, Falloff
from .frame import EFFORT, RenderedFrame, finished, stops_of
from .nested import COARSEST, everywhere
from .saliency import OTHER_STRIDE, MotionDetail
from .sampling import Effort, place_samples
from .timed import FIRST_PACE, WORK_OF_A_RAY, Course, march_course
from .view import View

STEP = 1.04
"""Of the picture's sides, from one rung to the next."""
_SMALLEST = 1 / 16
_FEW, _FEW_SCALE, _MORE_SCALE = 8, 0.5, 0.75
"""Samples of a ray in small pictures: up to which size, and from which size on they get as many as a preview."""
_AIM, _TOO_DEAR = 0.8, 0.95
"""Shares of the time: what a rung may be expected to take where it is stepped onto, and before it is left."""
_CUT = 1.4
"""How many times as much a frame costs as the last one, or as little, when nobody can compare the two."""
_DOWN, _PATIENCE = 2, 3
"""Rungs that a frame may be lower than the last, and frames that must have had room before one is higher."""
_SPARE, _MOST_SPARE = 0.05, 0.3
"""Share of the budget that is left for what the machine does meanwhile: at least, and where it does much."""
_LATE, _DEARER = 0.03, 0.03
"""Share of the frames that may be late, and of the budget that is left besides after one that is."""
_START, _FRAME = 1000.0, 5000
"""What any picture costs, however small: to march, in samples of the field, and from then to its file, in pixels. Left
out, a small picture would seem dear for its size, and the next be smaller still."""
_REMEMBERED = 7
_PROBES = 512


@dataclass(frozen=True)
class Rung:
    """One way to spend more or less: `scale` is of the picture's sides."""

    scale: float
    effort: Effort

    def camera(self, full: Camera) -> Camera:
        """The camera of the picture."""
        return full.resized(max(round(full.width * self.scale), 1), max(round(full.height * self.scale), 1))


def ladder(quality: Quality) -> tuple[Rung, ...]:
    """From cheap to dear: ever larger pictures, and at full size ever more samples."""
    few, most = EFFORT[Quality.PREVIEW], EFFORT[Quality.PREVIEW if quality is Quality.PREVIEW else Quality.STANDARD]
    rungs, scale = [], 1.0
    while scale >= _SMALLEST:
        share = min(max((scale - _FEW_SCALE) / (_MORE_SCALE - _FEW_SCALE), 0), 1)
        rungs.append(Rung(scale, Effort(few.steps, round(_FEW + share * (few.samples - _FEW)), few.solid)))
        scale /= STEP
    rungs.reverse()
    for samples in range(few.samples + 1, most.samples + 1):
        share = (samples - few.samples) / (most.samples - few.samples)
        rungs.append(Rung(1.0, Effort(round(few.steps + share * (most.steps - few.steps)), samples, few.solid)))
    return tuple(rungs)


@dataclass(frozen=True)
class Demand:
    """What a picture asks for, by some of its rays.

    kept : (R,) int64, of the steps of a preview's ray, those that the field may be in.
    density : (R,) float64, rays that are cast for a pixel there.
    """

    kept: NDArray[np.int64]
    density: NDArray[np.float64]

    def work(self, rung: Rung, pixels: int) -> float:
        """Samples of the field that a picture of so many pixels in full size costs, rays counted in."""
        effort = rung.effort
        counts = np.minimum(self.kept * (effort.steps / EFFORT[Quality.PREVIEW].steps), effort.samples)
        return _START + float((self.density * (counts + WORK_OF_A_RAY)).mean()) * pixels * rung.scale**2


class Controller:
    """Chooses rungs, frame by frame, for one sequence of pictures.

    Parameters
    ----------
    first_pace : float
        Seconds that a sample takes, before anything was measured.
    """

    def __init__(self, first_pace: float = FIRST_PACE["cpu"]) -> None:
        self._paces: deque[float] = deque(maxlen=_REMEMBERED)
        self._afters: deque[float] = deque(maxlen=_REMEMBERED)
        self._first_pace = first_pace
        self._rung: int | None = None
        self._roomy = 0
        self._last_work = 0.0
        self.spare = _SPARE
        """Share of the budget to be left over, so that no more frames are late than may be."""
        self.favoured = 1.0
        """Share of the last picture that was favoured."""

    @property
    def pace(self) -> float:
        """Seconds that a sample takes here."""
        return median(self._paces) if self._paces else self._first_pace

    def after(self, pixels: float) -> float:
        """Seconds from the last ray of a picture of so many pixels to its file, usually."""
        return (median(self._afters) if self._afters else 0.0) * (pixels + _FRAME)

    def after_at_most(self, pixels: float) -> float:
        """The same, as it was lately at worst."""
        return (max(self._afters) if self._afters else 0.0) * (pixels + _FRAME)

    def choose(self, rungs: tuple[Rung, ...], demand: Demand, pixels: int, seconds: float) -> Rung:
        """The rung for a picture of so many pixels in full size, which has so many seconds left."""
        costs = [self.pace * demand.work(rung, pixels) + self.after(pixels * rung.scale**2) for rung in rungs]
        work = demand.work(rungs[-1], pixels)
        wanted = max(sum(cost <= _AIM * seconds for cost in costs) - 1, 0)
        if self._rung is None or not self._last_work / _CUT <= work <= self._last_work * _CUT:
            self._rung, self._roomy = wanted, 0
        else:
            self._rung = self._stepped(min(self._rung, len(rungs) - 1), wanted, costs, seconds)
        self._last_work = work
        return rungs[self._rung]

    def _stepped(self, rung: int, wanted: int, costs: list[float], seconds: float) -> int:
        if costs[rung] > _TOO_DEAR * seconds:
            self._roomy = 0
            return max(rung - _DOWN, wanted, 0)
        self._roomy = self._roomy + 1 if wanted > rung else 0
        if self._roomy >= _PATIENCE:
            return rung + 1
        return rung

    def note(self, course: Course, seconds: float, spent: float = 0.0) -> None:
        """Learn from a picture that has taken so many seconds from its last ray to its file.

        Parameters
        ----------
        spent : float
            Share of its budget that it took in all.
        """
        change = _DEARER if spent > 1 else -_DEARER * _LATE / (1 - _LATE)
        self.spare = min(max(self.spare + change, _SPARE), _MOST_SPARE)
        self._paces.append(course.seconds / (_START + course.work))
        self._afters.append(seconds / (course.picture.weights.size + _FRAME))
        if isinstance(course.detail, MotionDetail):
            self.favoured = course.detail.share


def render_within(
    view: View,
    shot_frame: float,
    budget: Budget,
    controller: Controller,
    quality: Quality = Quality.STANDARD,
    exposure: float = 0.0,
    exposure_of: float | None = None,
    fps: float = 24.0,
    began: float | None = None,
    clock: Callable[[], float] = perf_counter,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[RenderedFrame, Course]:
    """A picture of what a view shows, of as many pixels and samples as a budget allows.

    Parameters
    ----------
    quality : Quality
        Which is not exceeded; nor is *Standard*.
    fps : float
        Of the shot: what is favoured is told by its speed.
    began : float or None
        When the budget began to be spent, by `clock`; None: now.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    UserError
        If the budget makes no sense.
    """
    budget.demand_sound()
    began = clock() if began is None else began
    field, full = view.field, view.camera
    time = field.normalised_time(shot_frame)
    pixels = full.width * full.height
    demand = _demand(view, time, budget, controller.favoured)
    until = began + (1 - controller.spare) * budget.seconds
    rung = controller.choose(ladder(quality), demand, pixels, max(until - clock(), 1e-3))
    course = _course(view.seen_by(rung.camera(full)), time, shot_frame, rung.effort, budget, fps)
    deadline = until - controller.after_at_most(course.picture.weights.size)
    march_course(course, controller.pace, deadline, clock, should_stop)
    stops = stops_of(field, exposure, exposure_of)
    return finished(course.picture.whole(), stops, field.config.encoding), course


def _course(view: View, time: float, shot_frame: float, effort: Effort, budget: Budget, fps: float) -> Course:
    height, width = view.camera.height, view.camera.width
    lesser = LESSER if effort.samples > LESSER.samples else effort
    course = Course(view, time, effort, lesser, everywhere, ((height - 1) / 2, (width - 1) / 2))
    if budget.fovea is not None:
        falloff = Falloff(budget.fovea, height, width)
        course.detail, course.centre = falloff.detail, falloff.centre
    elif budget.favours is not Favours.EVEN:
        course.detail = MotionDetail(view, course.picture, shot_frame, fps, budget.favours)
    return course


@torch.no_grad()
def _demand(view: View, time: float, budget: Budget, favoured: float) -> Demand:
    """What the steps of a few rays, evenly spread over the picture, meet."""
    height, width = view.camera.height, view.camera.width
    apart = max(isqrt(height * width // _PROBES), 1)
    down, across = np.arange(apart // 2, height, apart), np.arange(apart // 2, width, apart)
    rows, columns = np.repeat(down, len(across)), np.tile(across, len(down))
    steps = EFFORT[Quality.PREVIEW]
    probe = Effort(steps.steps, steps.steps, steps.solid)
    kept = place_samples(view.field, view.rays_of(rows * width + columns, time), probe, crop=view.crop).counts
    if budget.fovea is not None:
        density = Falloff(budget.fovea, height, width).density(rows, columns, COARSEST)
    else:
        share = 1.0 if budget.favours is Favours.EVEN else favoured
        density = np.full(len(rows), share + (1 - share) / OTHER_STRIDE**2)
    return Demand(kept.cpu().numpy(), density)
