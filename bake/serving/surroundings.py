"""Surroundings: all that a field shows around a point."""

from __future__ import annotations

from ..contract.messages import EnvironmentRequest
from ..contract.plate_receipt import make_receipt
from .rendering import wanted
from .task import Task


def make_surroundings(task: Task[EnvironmentRequest]) -> None:
    """A lat-long picture, as OpenEXR."""
    from ..render.environment import render_environment, write_environment

    request = task.request
    rgba = render_environment(task.field, request.camera, request.shot_frame, **wanted(task))
    task.demand_wanted()
    write_environment(task.path, rgba, make_receipt(request, task.header, task.made_with()))
