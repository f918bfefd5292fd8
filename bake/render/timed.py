"""Marches a nested picture until it is whole or its time is over: whole at what was reached, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.errors import Cancelled
from ..device.threads import cores, run_together
from .march import march
from .nested import COARSEST, Detail, Floats, NestedPicture, Numbers, Pass, everywhere, passes
from .sampling import Effort
from .view import View

WORK_OF_A_RAY = 1.0
"""What finding a ray's samples costs, in samples of the field."""
FIRST_PACE = {"cpu": 1e-5, "cuda": 1e-8}
"""Seconds that a sample takes, before anything was measured."""
_FEWEST = {"cpu": 256, "cuda": 2**13}
"""Rays that are worth a task: fewer take hardly less time."""
_MOST = {"cpu": 2048, "cuda": 2**15}
_SHARE = 0.5
"""Of the time that is left, which a round of tasks may take by what is known of its cost."""


@dataclass
class Course:
    """A picture on its way.

    Parameters
    ----------
    time : float
        In [0, 1] over the shot.
    effort, lesser : Effort
        Where pixels of the finest grid count, and elsewhere.
    detail : Detail
        Which pixels are looked at. It is first asked after the coarsest pass, which looks everywhere.
    centre : row and column
        What is looked at first.

    Attributes
    ----------
    rays, samples : int
        Of the field, so far.
    seconds : float
        That marching has taken.
    ended : float
        When it ended, by its clock.
    complete : bool
        Whether all that `detail` asks for has been looked at.
    """

    view: View
    time: float
    effort: Effort
    lesser: Effort
    detail: Detail
    centre: tuple[float, float]
    rays: int = 0
    samples: int = 0
    seconds: float = 0.0
    ended: float = 0.0
    complete: bool = False
    picture: NestedPicture = field(init=False)

    def __post_init__(self) -> None:
        self.picture = NestedPicture(self.view.camera.height, self.view.camera.width)

    @property
    def work(self) -> float:
        """What it has cost, in samples of the field."""
        return self.samples + WORK_OF_A_RAY * self.rays


def march_course(
    course: Course,
    pace: float | None = None,
    deadline: float = float("inf"),
    clock: Callable[[], float] = perf_counter,
    should_stop: Callable[[], bool] | None = None,
) -> None:
    """March a picture from coarse to fine, and stop where the next round would end after a deadline.

    The coarsest pass is always marched: without it there is no picture. Which rays are cast depends on the clock alone,
    and what they see does not depend on which others are cast, but for the last bits.

    Parameters
    ----------
    pace : float or None
        Seconds that a sample of the field takes here.
    deadline : float
        By `clock`, seconds.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    device = course.view.field.low.device.type
    known = FIRST_PACE[device] if pace is None else pace
    height, width = course.picture.pixels.shape[:2]
    steps = passes(height, width, course.detail, course.centre)
    first = next(steps)
    began = clock()
    values, counts = _marched(course, first.rows, first.columns)
    course.picture.put(first, values)
    course.seconds = clock() - began
    rest = list(steps)
    rows, columns = (np.concatenate([np.zeros(0, np.int64), *found]) for found in _places(rest))
    work = np.cumsum(_work_by_neighbour(course, first, counts, rows, columns))
    found = [np.zeros((0, 5), np.float32)]
    at, done = 0, 0.0
    while at < len(rows):
        if should_stop is not None and should_stop():
            raise Cancelled
        now = clock()
        left = deadline - now
        least = min(at + _FEWEST[device] * _together(device), len(rows))
        if known * (work[least - 1] - done) > left:
            break
        most = min(at + _MOST[device] * _together(device), len(rows))
        fits = int(np.searchsorted(work, done + min(_SHARE * left / known, work[-1])))
        until = min(max(fits, least), most)
        seen, _ = _marched(course, rows[at:until], columns[at:until])
        found.append(seen)
        took = clock() - now
        course.seconds += took
        # A machine that has become slower shows at once; one that seems quick may only have been lucky.
        known = max(took / (work[until - 1] - done), 0.0 if pace is None else pace)
        at, done = until, work[until - 1]
    course.complete, course.ended = at == len(rows), clock()
    _put(course, rest, np.concatenate(found))


def _places(steps: list[Pass]) -> tuple[list[Numbers], list[Numbers]]:
    return [own.rows for own in steps], [own.columns for own in steps]


def _put(course: Course, steps: list[Pass], values: Floats) -> None:
    at = 0
    for own in steps:
        course.picture.put(own, values[at : at + len(own)])
        at += len(own)
        if at >= len(values):
            return


def _together(device: str) -> int:
    return cores() if device == "cpu" else 1


def _work_by_neighbour(
    course: Course, first: Pass, counts: Numbers, rows: Numbers, columns: Numbers
) -> NDArray[np.float64]:
    """What each pixel (N,) will cost about: what the pixel of the coarsest grid beside it has."""
    height, width = course.picture.pixels.shape[:2]
    grid = np.zeros((-(-height // COARSEST), -(-width // COARSEST)))
    grid[first.rows // COARSEST, first.columns // COARSEST] = counts
    return grid[rows // COARSEST, columns // COARSEST] + WORK_OF_A_RAY


def _marched(course: Course, rows: Numbers, columns: Numbers) -> tuple[Floats, Numbers]:
    """What pixels (N,) show, (N, 5), and how many samples each took; shared out among the cores."""
    values, counts = np.empty((len(rows), 5), np.float32), np.empty(len(rows), np.int64)
    numbers = rows * course.view.camera.width + columns
    in_full = course.detail is everywhere or course.lesser == course.effort
    full = np.ones(len(rows), bool) if in_full else course.detail(1, rows, columns) > 0
    device = course.view.field.low.device.type
    tasks = []
    for effort, those in ((course.effort, full.nonzero()[0]), (course.lesser, (~full).nonzero()[0])):
        pieces = min(_together(device), -(-len(those) // _FEWEST[device]))
        pieces = max(pieces, -(-len(those) // _MOST[device]))
        tasks += [
            partial(_march, course, numbers, own, effort, values, counts)
            for own in (np.array_split(those, pieces) if pieces else ())
        ]
    run_together(tasks)
    course.rays += len(rows)
    course.samples += int(counts.sum())
    return values, counts


@torch.no_grad()
def _march(course: Course, numbers: Numbers, own: Numbers, effort: Effort, values: Floats, counts: Numbers) -> None:
    view = course.view
    marched = march(view.field, view.rays_of(numbers[own], course.time), effort, crop=view.crop)
    colour, alpha, depth = view.seen(marched)
    values[own] = torch.cat([colour, alpha[:, None], depth[:, None]], dim=-1).cpu().numpy()
    counts[own] = marched.samples.counts.cpu().numpy()
