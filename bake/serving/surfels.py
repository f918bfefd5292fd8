"""Surfels, which viewports show while something moves."""

from __future__ import annotations

from ..contract.messages import SurfelsRequest
from ..contract.preview_file import write_surfels
from .task import Task


def make_surfels(task: Task[SurfelsRequest]) -> None:
    """The surfels of an instant; a core is left to the window, which is being drawn while somebody scrubs."""
    from ..device.threads import leaving_a_core
    from ..render.frame import filmed_stops
    from ..render.surfels import distil

    request = task.request
    stops = None if request.exposure_of is None else filmed_stops(task.field, request.exposure_of)
    with leaving_a_core():
        surfels = distil(task.field, request.shot_frame, request.fineness, stops, task.should_stop)
    write_surfels(task.path, surfels)
