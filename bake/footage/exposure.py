"""What a picture and its file say of its exposure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from ..contract.colour import SRGB, Encoding
from .shot import Frame

_BINS = 16
_DARKEST = -10.0
"""Stops below the brightest light that is kept at which the histogram begins."""
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
"""Luminance of linear Rec.709."""
LIGHT_WIDTH = _BINS + 3
_ENOUGH = 2**16
"""Pixels that tell how light is spread, evenly drawn from those of a larger picture."""
_WITH_NOTES = (".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".png")


def light_of(colours: NDArray[Any], encoding: Encoding = SRGB) -> NDArray[np.float32]:
    """How light is spread in a picture: (LIGHT_WIDTH,) float32.

    A histogram of log luminance, shares of what is opaque, then the mean of the logarithm of each channel, stops.

    Parameters
    ----------
    colours : (N, 4) of whole numbers
        As encoded, straight alpha; the largest number of its kind stands for 1.
    """
    colours = colours[:: -(-len(colours) // _ENOUGH) or 1]
    weight = colours[:, 3].astype(np.float32)
    linear = encoding.light(colours[:, :3].astype(np.float32) / np.float32(np.iinfo(colours.dtype).max))
    linear = linear / np.float32(encoding.peak)
    floor = np.float32(2.0**_DARKEST)
    luminance = np.log2(np.maximum(linear @ _WEIGHTS, floor))
    shares, _ = np.histogram(luminance, bins=_BINS, range=(_DARKEST, 0.0), weights=weight)
    stops = (np.log2(np.maximum(linear, floor)) * weight[:, None]).sum(axis=0)
    return (np.concatenate([shares, stops]) / max(float(weight.sum()), 1.0)).astype(np.float32)


def lights_compared(lights: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """(F, LIGHT_WIDTH) of a shot's pictures, each as it differs from the median picture: a steady shot has little."""
    stacked = np.stack(lights)
    return np.asarray(stacked - np.median(stacked, axis=0), dtype=np.float32)


def stated_stops(frames: Sequence[Frame]) -> NDArray[np.float32]:
    """(F,) stops by which files state that pictures are exposed more than the median; zeros where any is silent."""
    stated = [frame.picture.exposure if frame.picture.exposure is not None else _noted(frame) for frame in frames]
    known = [stops for stops in stated if stops is not None]
    if len(known) < len(frames):
        return np.zeros(len(frames), dtype=np.float32)
    return (np.array(known) - np.median(known)).astype(np.float32)


def stops_of(seconds: float, f_number: float, sensitivity: float) -> float | None:
    """Stops of an exposure, against one second at f/1 and ISO 100; None where these are no positive numbers.

    Source: APEX, ANSI PH2.12-1961; log2(t / N^2 * S / 100).
    """
    values = (seconds, f_number, sensitivity)
    if not all(math.isfinite(value) and value > 0 for value in values):
        return None
    return math.log2(seconds / f_number**2 * sensitivity / 100)


def _noted(frame: Frame) -> float | None:
    """What the notes (EXIF) of a picture file state; f/1 and ISO 100 where they tell the time alone."""
    path = frame.picture.path
    if frame.picture.video_frame is not None or path.suffix.lower() not in _WITH_NOTES:
        return None
    try:
        with Image.open(path) as image:
            notes = image.getexif().get_ifd(ExifTags.IFD.Exif)
        seconds = float(notes[ExifTags.Base.ExposureTime])
        f_number = float(notes.get(ExifTags.Base.FNumber) or 1.0)
        sensitivity = notes.get(ExifTags.Base.ISOSpeedRatings) or 100.0
        return stops_of(seconds, f_number, float(sensitivity[0] if isinstance(sensitivity, tuple) else sensitivity))
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError, SyntaxError):
        return None
