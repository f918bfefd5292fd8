"""Frames of the field beside the truth, measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..field.model import Field
from ..footage.shot import Frame
from ..render.comparing import comparable, exposure_as_filmed
from ..render.frame import render_frame
from ..render.images import straight_srgb
from ..render.metrics import Figures, flip_map, psnr, ssim

ERRORS_TO = 0.5
"""The FLIP error at the top of the heat maps' scale: beyond it all is plainly wrong."""
_WHITE = 1.0
EightBit = NDArray[np.uint8]


@dataclass(frozen=True)
class Measured:
    """One frame: its figures, and the pictures they are of.

    rendered, truth : (H, W, 3) uint8, sRGB; truth with alpha and the field with it over white.
    errors : (H, W) uint8, FLIP from 0 to `ERRORS_TO`.
    """

    name: str
    shot_frame: float
    stream: int
    figures: Figures
    rendered: EightBit
    truth: EightBit
    errors: EightBit


def spread(frames: Sequence[Frame], count: int) -> list[Frame]:
    """So many of the frames, spread evenly over shot time."""
    ordered = sorted(frames, key=lambda frame: (frame.shot_frame, frame.stream))
    if len(ordered) <= count:
        return ordered
    return [ordered[index] for index in np.linspace(0, len(ordered) - 1, count).round().astype(int)]


def measure(
    field: Field,
    frames: Sequence[Frame],
    longest: int,
    should_stop: Callable[[], bool],
    progress: Callable[[float], None],
    *,
    as_filmed: bool,
) -> list[Measured]:
    """Render frames and compare them with the truth.

    Parameters
    ----------
    longest : int
        Pixels of a picture's longer side; larger footage is compared at this size, averaged down.
    as_filmed : bool
        Whether they are of the footage that was baked, so that the field knows how they were exposed.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    UserError
        If a true picture cannot be read.
    """
    done = []
    for number, frame in enumerate(frames):
        progress(number / len(frames))
        seen = render_frame(
            field,
            frame.camera.no_larger(longest),
            frame.shot_frame,
            exposure_of=exposure_as_filmed(field, frame) if as_filmed else None,
            stream=frame.stream,
            should_stop=should_stop,
        )
        done.append(_measured(straight_srgb(seen.rgba), frame))
    progress(1.0)
    return done


def _measured(rendered: NDArray[np.float32], frame: Frame) -> Measured:
    picture, truth = comparable(rendered, frame, _WHITE)
    errors = flip_map(picture, truth)
    return Measured(
        name=frame.name,
        shot_frame=frame.shot_frame,
        stream=frame.stream,
        figures=Figures(psnr(picture, truth), ssim(picture, truth), float(errors.mean())),
        rendered=_eight_bit(picture),
        truth=_eight_bit(truth),
        errors=_eight_bit(errors / ERRORS_TO),
    )


def _eight_bit(picture: NDArray[np.float32]) -> EightBit:
    return np.round(np.clip(np.nan_to_num(picture), 0, 1) * 255).astype(np.uint8)
