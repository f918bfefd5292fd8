"""A field and the smaller one beside the same pictures: quality, and time in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..contract.compression import Standing
from ..contract.errors import Cancelled
from ..contract.field_file import FootageCameras
from ..field.model import Field
from ..footage.shot import Frame, Shot
from ..render.comparing import comparable
from ..render.frame import RenderedFrame, render_frame
from ..render.images import straight_srgb
from ..render.metrics import Figures, compare, over

_PICTURES = 8
_LONGEST = 480
"""Pixels of a compared picture's longer side; larger footage is compared at this size."""
_WHITE = 1.0
Thing = TypeVar("Thing")
Kind = Literal["test", "held out", "footage", "field"]


@dataclass(frozen=True)
class View:
    """A picture to compare: camera, instant, camera's number, and the true picture, if there is one."""

    camera: Camera
    shot_frame: float
    stream: int
    truth: Frame | None


@dataclass(frozen=True)
class Comparison:
    """What fields are compared on."""

    kind: Kind
    frames: Sequence[View]

    @classmethod
    def of(
        cls,
        cameras: FootageCameras,
        footage: Shot | None,
        held: Sequence[Frame] | None,
        test: Shot | None,
    ) -> Comparison:
        """The best that there is: test pictures, frames that the bake held out, its footage, the original's cameras."""
        if test is not None:
            return cls("test", _views(test.frames))
        if held:
            return cls("held out", _views(held))
        if footage is not None:
            return cls("footage", _views(footage.frames))
        return cls("field", _kept_views(cameras))


def measured(
    comparison: Comparison,
    fields: tuple[Field, Field],
    sizes: tuple[int, int],
    should_stop: Callable[[], bool],
    tell: Callable[[float], None],
) -> tuple[Standing, Standing]:
    """How two fields stand; the second is compared with the first where there are no true pictures.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    figures: tuple[list[Figures], list[Figures]] = ([], [])
    taken: tuple[list[float], list[float]] = ([], [])
    for number, view in enumerate(comparison.frames):
        tell(number / len(comparison.frames))
        pictures = []
        for which, field in enumerate(fields):
            if should_stop():
                raise Cancelled
            if number == 0:
                _render(field, view)
            began = time.perf_counter()
            pictures.append(_render(field, view))
            taken[which].append(1000 * (time.perf_counter() - began))
        if view.truth is not None:
            for found, picture in zip(figures, pictures, strict=True):
                found.append(compare(*comparable(straight_srgb(picture.rgba), view.truth, _WHITE)))
        else:
            one, two = (_shown(picture, field) for picture, field in zip(pictures, fields, strict=True))
            figures[1].append(compare(two, one))
    before, after = (
        Standing(size, round(median(own), 2), *_means(found))
        for size, own, found in zip(sizes, taken, figures, strict=True)
    )
    return before, after


def _means(found: Sequence[Figures]) -> tuple[float | None, float | None, float | None]:
    if not found:
        return None, None, None
    psnr, ssim, flip = (fmean(getattr(one, name) for one in found) for name in ("psnr", "ssim", "flip"))
    return round(psnr, 3), round(ssim, 5), round(flip, 5)


def _render(field: Field, view: View) -> RenderedFrame:
    return render_frame(field, view.camera, view.shot_frame, stream=view.stream)


def _shown(picture: RenderedFrame, field: Field) -> NDArray[np.float32]:
    return over(straight_srgb(picture.rgba), 0.0 if field.config.opaque else _WHITE)


def _views(frames: Sequence[Frame]) -> list[View]:
    chosen = sorted(frames, key=lambda frame: (frame.shot_frame, frame.stream))
    return [View(f.camera.no_larger(_LONGEST), f.shot_frame, f.stream, f) for f in _spread(chosen)]


def _kept_views(cameras: FootageCameras) -> list[View]:
    """The kept cameras, without the distortion of their lenses."""
    order = np.argsort(cameras.shot_frames, kind="stable").tolist()
    views = []
    for number in _spread(order):
        width, height, fx, fy, cx, cy = cameras.intrinsics[number].tolist()
        matrix = tuple(cameras.matrices[number].ravel().tolist())
        camera = Camera(int(width), int(height), fx, fy, cx, cy, matrix)
        views.append(View(camera.no_larger(_LONGEST), float(cameras.shot_frames[number]), 0, None))
    return views


def _spread(things: Sequence[Thing]) -> list[Thing]:
    if len(things) <= _PICTURES:
        return list(things)
    return [things[index] for index in np.linspace(0, len(things) - 1, _PICTURES).round().astype(int)]
