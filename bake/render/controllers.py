"""What the serving worker knows of the pictures that it makes within a budget: a controller for each sequence."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import perf_counter

import numpy as np

from ..contract.field_file import FieldHeader
from ..contract.messages import PictureRequest
from ..field.model import Field
from .budget import Controller, render_within
from .frame import RenderedFrame
from .timed import FIRST_PACE
from .view import View

_KEPT = 8
_Key = tuple[str, int, int, str]


class Controllers:
    """The last few controllers: one for each field and size of viewport."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, Controller] = OrderedDict()

    def render(
        self,
        request: PictureRequest,
        header: FieldHeader,
        field: Field,
        should_stop: Callable[[], bool],
        write: Callable[[RenderedFrame], None],
    ) -> None:
        """Make the picture of a request with a budget, hand it to `write`, and learn from how long all that took.

        Raises
        ------
        Cancelled
            If `should_stop` says so.
        UserError
            If the request makes no sense, and what `write` raises.
        """
        assert request.budget is not None
        began = perf_counter()
        controller = self._controller(request, field)
        to_scene = np.asarray(request.field_to_scene, dtype=np.float64).reshape(4, 4)
        view = View(field, request.camera, to_scene, request.crop)
        frame, course = render_within(
            view,
            request.shot_frame,
            request.budget,
            controller,
            request.quality,
            request.exposure,
            request.exposure_of,
            header.fps,
            began,
            should_stop=should_stop,
        )
        write(frame)
        now = perf_counter()
        controller.note(course, now - course.ended, (now - began) / request.budget.seconds)

    def _controller(self, request: PictureRequest, field: Field) -> Controller:
        assert request.budget is not None
        camera = request.camera
        key = (request.content_hash, camera.width, camera.height, request.quality.value)
        if key not in self._known:
            while len(self._known) >= _KEPT:
                self._known.popitem(last=False)
            self._known[key] = Controller(FIRST_PACE[field.low.device.type])
        self._known.move_to_end(key)
        return self._known[key]
