"""Pictures for people: the sRGB curve, straight alpha, PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import UserError
from ..contract.files import written_aside

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


def straight_srgb(premultiplied: FloatPicture) -> FloatPicture:
    """(H, W, 4) premultiplied scene-linear to straight sRGB, clipped to [0, 1]."""
    alpha = premultiplied[..., 3:]
    colour = np.asarray(premultiplied[..., :3] / np.where(alpha > 0, alpha, 1), dtype=np.float32)
    return np.clip(np.concatenate([linear_to_srgb(colour), alpha], axis=-1), 0, 1).astype(np.float32)


def write_png(path: Path, rgba: FloatPicture) -> None:
    """Write (H, W, 4) float32, straight and encoded, as an 8-bit PNG, aside and then renamed.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    from PIL import Image

    eight_bit = np.round(np.clip(np.nan_to_num(rgba), 0, 1) * 255).astype(np.uint8)
    with written_aside(path) as aside:
        try:
            Image.fromarray(eight_bit).save(aside, format="PNG", compress_level=4)
        except ValueError as error:
            raise UserError(f"Cannot write {path}: {error}.") from error
