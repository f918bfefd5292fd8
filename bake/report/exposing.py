"""How the exposure of the footage changes over its frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..field.model import Field
from ..footage.exposure_matches import measured_stops
from ..footage.shot import Shot

_COMPARED = 96
"""Frames of each camera that are compared where the bake has not done so."""


@dataclass(frozen=True)
class Exposing:
    """Stops (N,) of frames at shot frames (N,), the median frame's being 0; `kept_out` says whether of the field."""

    shot_frames: NDArray[np.float64]
    stops: NDArray[np.float64]
    kept_out: bool

    @property
    def range(self) -> float:
        """Stops between the darkest and the brightest frame."""
        return float(np.ptp(self.stops))


def find_exposing(field: Field, footage: Shot, should_stop: Callable[[], bool]) -> Exposing | None:
    """As the bake found it, else measured on some of the frames it had; None where nothing tells.

    Raises
    ------
    UserError
        If a picture cannot be read.
    Cancelled
        If `should_stop` says so.
    """
    if field.exposures is not None:
        stops, taken, _ = (own.detach().cpu().double().numpy() for own in field.exposures.known())
        return Exposing(taken, stops.mean(axis=1), kept_out=True)
    streams = [
        [frame for frame in footage.frames if frame.stream == stream]
        for stream in sorted({frame.stream for frame in footage.frames})
    ]
    some = tuple(frame for own in streams for frame in own[:: -(-len(own) // _COMPARED)])
    measured = measured_stops(replace(footage, frames=some), should_stop)
    if measured is None:
        return None
    times = np.array([frame.shot_frame for frame in some], dtype=np.float64)
    return Exposing(times, measured.astype(np.float64).mean(axis=1), kept_out=False)
