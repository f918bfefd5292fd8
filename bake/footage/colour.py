"""The sRGB curve, which footage is encoded with and plates are not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatPicture = NDArray[np.float32]


def srgb_to_linear(encoded: FloatPicture) -> FloatPicture:
    """Undo the sRGB transfer function, element by element; float32, any shape.

    Source: IEC 61966-2-1:1999, section 5.2.
    """
    encoded = np.asarray(encoded, dtype=np.float32)
    curve = ((np.maximum(encoded, 0) + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(encoded <= 0.04045, encoded / np.float32(12.92), curve)


def linear_to_srgb(linear: FloatPicture) -> FloatPicture:
    """The sRGB transfer function, element by element; float32, any shape, values above 1 stay above 1.

    Source: IEC 61966-2-1:1999, section 5.3.
    """
    linear = np.asarray(linear, dtype=np.float32)
    curve = np.float32(1.055) * np.maximum(linear, 0) ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(linear <= 0.0031308, linear * np.float32(12.92), curve)
