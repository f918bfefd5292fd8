"""A picture of the field and the true one, made comparable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..contract.shot_description import Alpha
from ..field.model import Field
from ..footage.pixels import load_mask, load_shown
from ..footage.shot import Frame
from .metrics import over

FloatPicture = NDArray[np.float32]


def comparable(rendered: FloatPicture, frame: Frame, background: float) -> tuple[FloatPicture, FloatPicture]:
    """Rendered and true colour, (H, W, 3) float32, sRGB, of the size that was rendered.

    Opaque truth is compared with the field over black; truth with alpha, and the field with it, over a grey of
    `background`. Pixels that a mask hides are black in both. Where a smaller picture was rendered, the truth is
    averaged down to its size. Both are as a screen shows them: light beyond white is white.

    Parameters
    ----------
    rendered : (H, W, 4) float32
        Straight alpha, sRGB.
    """
    behind = 0.0 if frame.picture.alpha is Alpha.NONE else background
    picture, true = over(rendered, behind), over(load_shown(frame), behind)
    mask = load_mask(frame)
    if mask is not None:
        seen = mask[..., None].astype(np.float32)
        picture, true = picture * _averaged(seen, picture), true * seen
    return picture, _averaged(true, picture)


def exposure_as_filmed(field: Field, frame: Frame) -> float | None:
    """What `render_frame` takes as `exposure_of`, so that a frame that was baked is shown as it was filmed."""
    return frame.shot_frame if field.exposures is not None else None


def _averaged(picture: FloatPicture, like: FloatPicture) -> FloatPicture:
    """(H, W, C) averaged down to another picture's size."""
    if picture.shape[:2] == like.shape[:2]:
        return picture
    import cv2

    resized = cv2.resize(picture, (like.shape[1], like.shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.float32).reshape(*like.shape[:2], -1)
