"""Pictures for viewports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..contract.messages import PictureRequest
from ..contract.preview_file import PreviewPicture, write_picture
from .rendering import wanted
from .task import Task

if TYPE_CHECKING:
    from ..render.frame import RenderedFrame

_LOOK_UP_SECONDS = 0.05
"""How soon a picture notices that it was overtaken."""


def make_picture(task: Task[PictureRequest]) -> None:
    """What a plate shows, as a preview; as fine as its budget allows, if it has one."""
    from ..render.frame import render_frame

    request = task.request

    def write(frame: RenderedFrame) -> None:
        task.demand_wanted()
        write_picture(task.path, PreviewPicture(frame.rgba.astype(np.float16), frame.depth))

    if request.budget is not None:
        task.loaded.controllers.render(request, task.header, task.field, task.should_stop, write)
    else:
        as_asked = {**wanted(task), "round_seconds": _LOOK_UP_SECONDS}
        write(render_frame(task.field, request.camera, request.shot_frame, **as_asked))
