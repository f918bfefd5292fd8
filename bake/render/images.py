"""Pictures for people: straight alpha, PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..contract.colour import FloatPicture, linear_to_srgb
from ..contract.errors import UserError
from ..contract.files import written_aside


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
