"""Colour as it is stored and as light: the sRGB curve, and the encoding in which a field keeps what footage shows.

A field's network speaks in [0, 1]. Light up to white is kept as sRGB encodes it; brighter light, which log footage and
OpenEXR hold, follows on a logarithm that begins where the sRGB curve ends, as steep as that is there, up to `peak`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatPicture = NDArray[np.float32]

KNEE, POWER, SLOPE = 0.055, 2.4, 12.92
"""Of the sRGB curve: above its beginning `(1 + KNEE) x^(1 / POWER) - KNEE`, at its beginning `SLOPE x`."""
KNEE_LIGHT, KNEE_CODE = 0.0031308, 0.04045
"""Where one becomes the other, as light and as encoded."""
RISE = (1 + KNEE) / POWER
"""How steep the sRGB curve is at white."""


def srgb_to_linear(encoded: FloatPicture) -> FloatPicture:
    """Undo the sRGB transfer function, element by element; float32, any shape.

    Source: IEC 61966-2-1:1999, section 5.2.
    """
    encoded = np.asarray(encoded, dtype=np.float32)
    curve = ((np.maximum(encoded, 0) + np.float32(KNEE)) / np.float32(1 + KNEE)) ** np.float32(POWER)
    return np.where(encoded <= KNEE_CODE, encoded / np.float32(SLOPE), curve)


def linear_to_srgb(linear: FloatPicture) -> FloatPicture:
    """The sRGB transfer function, element by element; float32, any shape, values above 1 stay above 1.

    Source: IEC 61966-2-1:1999, section 5.3.
    """
    linear = np.asarray(linear, dtype=np.float32)
    curve = np.float32(1 + KNEE) * np.maximum(linear, 0) ** np.float32(1 / POWER) - np.float32(KNEE)
    return np.where(linear <= KNEE_LIGHT, linear * np.float32(SLOPE), curve)


class Gamut(StrEnum):
    """Primaries in which colours are kept; both have the white of daylight (D65)."""

    REC709 = "rec709"
    REC2020 = "rec2020"


_TO_REC709 = np.array(
    [
        [1.6604910, -0.5876411, -0.0728499],
        [-0.1245505, 1.1328999, -0.0083494],
        [-0.0181508, -0.1005789, 1.1187297],
    ]
)
"""From linear Rec.2020. Source: ITU-R BT.2087-0, the inverse of its matrix M2."""


@dataclass(frozen=True)
class Encoding:
    """How colours in [0, 1] stand for light.

    Parameters
    ----------
    peak : float
        Light that is stored as 1, white being 1; 1 for the sRGB curve itself. What is brighter is clipped.
    gamut : Gamut
        Primaries; colours outside are clipped.
    """

    peak: float = 1.0
    gamut: Gamut = Gamut.REC709

    @property
    def white(self) -> float:
        """What white is stored as."""
        return 1 / (1 + RISE * math.log(self.peak))

    def encode(self, light: FloatPicture) -> FloatPicture:
        """(..., 3) scene-linear Rec.709 to stored values in [0, 1]."""
        light = np.asarray(light, dtype=np.float32)
        if self.gamut is Gamut.REC2020:
            light = light @ np.linalg.inv(_TO_REC709).T.astype(np.float32)
        light = np.clip(light, 0, self.peak)
        if self.peak == 1:
            return linear_to_srgb(light)
        bright = 1 + np.float32(RISE) * np.log(np.maximum(light, 1))
        return np.float32(self.white) * np.where(light <= 1, linear_to_srgb(np.minimum(light, 1)), bright)

    def light(self, stored: FloatPicture) -> FloatPicture:
        """(..., 3) stored values to scene-linear light in the encoding's own primaries."""
        stored = np.clip(np.asarray(stored, dtype=np.float32), 0, 1)
        if self.peak == 1:
            return srgb_to_linear(stored)
        scaled = stored / np.float32(self.white)
        bright = np.exp((np.maximum(scaled, 1) - 1) / np.float32(RISE))
        return np.where(scaled <= 1, srgb_to_linear(np.minimum(scaled, 1)), bright)

    def to_rec709(self, light: FloatPicture) -> FloatPicture:
        """(..., 3) light in the encoding's own primaries to scene-linear Rec.709, below 0 for colours beyond it."""
        return light if self.gamut is Gamut.REC709 else light @ _TO_REC709.T.astype(np.float32)

    def decode(self, stored: FloatPicture) -> FloatPicture:
        """(..., 3) stored values to scene-linear Rec.709."""
        return self.to_rec709(self.light(stored))


SRGB = Encoding()
