"""Foveation: resolution and samples that fall off with the distance from where somebody looks.

The eye resolves about as finely as the inverse of that distance (Guenter et al. 2012, Foveated 3D Graphics), so the
grid of twice the stride reaches twice as far. Each grid fades out before it ends: there is no ring to be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..contract.messages import Quality
from ..contract.picture_budget import Fovea
from .frame import EFFORT, RenderedFrame, finished, stops_of
from .nested import Detail, Floats, Numbers
from .timed import Course, march_course
from .view import View

FADES_FROM = 0.75
"""Share of a grid's radius within which it counts in full."""
LESSER = EFFORT[Quality.PREVIEW]
"""How closely rays are looked at outside the fovea."""


@dataclass(frozen=True)
class Falloff:
    """A fovea over a picture of `height` x `width` pixels."""

    fovea: Fovea
    height: int
    width: int

    @property
    def centre(self) -> tuple[float, float]:
        """Row and column."""
        return self.fovea.y * self.height - 0.5, self.fovea.x * self.width - 0.5

    def detail(self, stride: int, rows: Numbers, columns: Numbers) -> Floats:
        """A `nested.Detail`."""
        row, column = self.centre
        away = np.hypot(rows - row, columns - column)
        # The grid that is full in the fovea ends outside of it.
        radius = self.fovea.radius * self.height * stride / FADES_FROM
        share = np.clip((1 - away / radius) / (1 - FADES_FROM), 0, 1)
        return np.asarray(share * share * (3 - 2 * share), np.float32)

    def density(self, rows: Numbers, columns: Numbers, coarsest: int) -> NDArray[np.float64]:
        """Rays a pixel, (N,)."""
        found, stride = np.full(len(rows), 1.0 / coarsest**2), coarsest // 2
        while stride >= 1:
            there = self.detail(stride, rows, columns) > 0
            found[there] = 1 / stride**2
            stride //= 2
        return found


def render_foveated(
    view: View,
    shot_frame: float,
    fovea: Fovea,
    quality: Quality = Quality.STANDARD,
    exposure: float = 0.0,
    exposure_of: float | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[RenderedFrame, Course]:
    """A picture that is looked at in one place, however long it takes, and what it took.

    Parameters
    ----------
    quality : Quality
        In the fovea.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    UserError
        If the fovea makes no sense.
    """
    fovea.demand_sound()
    camera, field = view.camera, view.field
    falloff = Falloff(fovea, camera.height, camera.width)
    detail: Detail = falloff.detail
    time = field.normalised_time(shot_frame)
    course = Course(view, time, EFFORT[quality], LESSER, detail, falloff.centre)
    march_course(course, should_stop=should_stop)
    return finished(course.picture.whole(), stops_of(field, exposure, exposure_of), field.config.encoding), course
