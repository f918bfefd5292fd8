"""What the alpha channel of a capture's pictures means, judged by looking at a few of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..contract.shot_description import Alpha
from .pixels import load_pixels
from .problems import Findings
from .shot import Frame

_LOOKED_AT = 3
_ENOUGH = 50


def meaning_of_alpha(frames: list[Frame], source: Path, findings: Findings) -> Alpha:
    """Straight, premultiplied or (where it is 1 everywhere) none; a note says what was not obvious.

    Premultiplied colour never exceeds alpha, and it darkens towards the silhouette. Both must hold before pictures
    are read so, because PNG is straight by its own specification.

    Raises
    ------
    UserError
        If one of the pictures cannot be read.
    """
    if not frames:
        return Alpha.NONE
    chosen = frames[:: max(1, len(frames) // _LOOKED_AT)][: _LOOKED_AT + 1]
    pixels = [_raw(frame) for frame in chosen]
    if all(picture[..., 3].min() > 0.999 for picture in pixels):
        findings.note("its pictures have an alpha channel that hides nothing; they are taken as opaque", file=source)
        return Alpha.NONE
    if _premultiplied(np.concatenate([picture.reshape(-1, 4) for picture in pixels])):
        findings.note(
            'the alpha of its pictures looks premultiplied and is read so; "alpha": "straight" in the file prevents it',
            file=source,
        )
        return Alpha.PREMULTIPLIED
    return Alpha.STRAIGHT


def _raw(frame: Frame) -> np.ndarray:
    """Pixels as stored: straight alpha passes `load_pixels` unchanged."""
    return load_pixels(replace(frame, picture=replace(frame.picture, alpha=Alpha.STRAIGHT)))


def _premultiplied(pixels: np.ndarray) -> bool:
    colour, alpha = pixels[:, :3].max(axis=1), pixels[:, 3]
    edge, inside = (alpha > 0.1) & (alpha < 0.6), alpha > 0.98
    if edge.sum() < _ENOUGH or inside.sum() < _ENOUGH or np.mean(colour[edge] > alpha[edge] + 0.02) > 0.001:
        return False
    stored, divided = colour[edge].mean(), (colour[edge] / alpha[edge]).mean()
    middle = max(float(colour[inside].mean()), 1e-3)
    return bool(abs(np.log(max(divided, 1e-3) / middle)) < abs(np.log(max(stored, 1e-3) / middle)))
