"""A small picture of the field while it is baked: what a bake looks like so far, for whoever watches it.

Its size and how often it is made follow from what it costs: one part in 200 of the bake's time, and one in 500 at its
end. The bake itself learns the same with it and without: nothing random is drawn, and the clock of the schedule stands
still meanwhile.
"""

from __future__ import annotations

import logging
import math
import time
from contextlib import suppress
from pathlib import Path

from ..contract.errors import UserError
from ..contract.messages import Quality
from ..field.model import Field
from ..footage.shot import Frame
from ..render.frame import render_frame
from ..render.images import straight_srgb, write_png

_SHARE, _SHARE_AT_END = 1 / 200, 1 / 500
_LARGEST, _SMALLEST = 256, 48
"""Pixels of the longer side."""
_SOONEST, _LATEST = 5.0, 60.0
"""Seconds between two pictures, as long as the machine allows larger ones by waiting."""
_OF_A_RAY = 0.4
"""What a pixel costs beside a ray of training, before any has been measured; less than this on two cores."""


class BakePicture:
    """The picture of one bake.

    Parameters
    ----------
    frame : Frame
        Whose camera and time it is seen by.
    begun : float
        When the bake has begun to read its footage, by `time.perf_counter`.
    """

    def __init__(self, field: Field, frame: Frame, path: Path, begun: float) -> None:
        self._field, self._frame, self._path = field, frame, path
        self._begun = self._last = begun
        self._spent = self._each = 0.0

    def offer(self, rays_per_second: float) -> None:
        """Make the picture if it is worth it by now; a picture that cannot be written never stops a bake."""
        now = time.perf_counter()
        each = self._each or _OF_A_RAY / max(rays_per_second, 1.0)
        longest = self._affordable(((now - self._begun) * _SHARE - self._spent) / each)
        waited = now - self._last
        patient = waited >= min(0.5 * (self._last - self._begun), _LATEST)
        if waited < _SOONEST or longest < _SMALLEST or not (patient or longest == _LARGEST):
            return
        pixels = self._draw(longest)
        self._last = time.perf_counter()
        self._spent, self._each = self._spent + self._last - now, (self._last - now) / pixels

    def finish(self) -> None:
        """Make the last one, of the field as it has become."""
        if self._each:
            longest = self._affordable((time.perf_counter() - self._begun) * _SHARE_AT_END / self._each)
            if longest >= _SMALLEST:
                self._draw(longest)

    def _affordable(self, pixels: float) -> int:
        """The longer side of a picture with so many pixels."""
        camera = self._frame.camera
        scale = math.sqrt(max(pixels, 0.0) / (camera.width * camera.height))
        largest = min(_LARGEST, max(camera.width, camera.height))
        longest = int(scale * max(camera.width, camera.height))
        return _LARGEST if longest >= largest else longest

    def _draw(self, longest: int) -> int:
        frame, field = self._frame, self._field
        camera = frame.camera.no_larger(longest)
        seen = render_frame(
            field,
            camera,
            frame.shot_frame,
            quality=Quality.PREVIEW,
            exposure_of=None if field.exposures is None else frame.shot_frame,
            stream=frame.stream,
        )
        try:
            write_png(self._path, straight_srgb(seen.rgba))
        except UserError as error:
            logging.getLogger(__name__).info("no picture of the bake: %s", error.sentence)
        return camera.width * camera.height


def middle_frame(frames: tuple[Frame, ...]) -> Frame:
    """The frame in the middle of the first camera's."""
    first = [frame for frame in frames if frame.stream == frames[0].stream]
    return first[len(first) // 2]


def forget_picture(path: Path) -> None:
    """A bake that begins anew does not show the picture of an earlier one."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
