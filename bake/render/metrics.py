"""How near a picture comes to the truth. All functions take encoded (sRGB) colour, (H, W, 3) float32 in [0, 1]."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatPicture = NDArray[np.float32]


@dataclass(frozen=True)
class Figures:
    """Of one picture: PSNR in dB, SSIM (1 is equal), mean FLIP (0 is equal)."""

    psnr: float
    ssim: float
    flip: float


def compare(picture: FloatPicture, truth: FloatPicture) -> Figures:
    """All figures of one picture."""
    return Figures(psnr(picture, truth), ssim(picture, truth), flip(picture, truth))


def psnr(picture: FloatPicture, truth: FloatPicture) -> float:
    """Peak signal-to-noise ratio, dB, for a peak of 1; 100 where the pictures are equal."""
    error = float(np.mean(np.square(picture.astype(np.float64) - truth.astype(np.float64))))
    return 100.0 if error <= 1e-10 else -10.0 * math.log10(error)


def ssim(picture: FloatPicture, truth: FloatPicture) -> float:
    """Structural similarity with the Gaussian window of Wang et al. 2004, mean over the colour channels."""
    from skimage.metrics import structural_similarity

    value = structural_similarity(
        truth, picture, channel_axis=2, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    return float(value)


def flip(picture: FloatPicture, truth: FloatPicture) -> float:
    """Mean LDR-FLIP of Andersson et al. 2020 at its default viewing distance (67 pixels per degree)."""
    return float(flip_map(picture, truth).mean())


def flip_map(picture: FloatPicture, truth: FloatPicture) -> FloatPicture:
    """LDR-FLIP of every pixel, (H, W) float32: 0 is equal, 1 is black against white."""
    import flip_evaluator

    errors, _, _ = flip_evaluator.evaluate(
        np.ascontiguousarray(truth, dtype=np.float32),
        np.ascontiguousarray(picture, dtype=np.float32),
        "LDR",
        applyMagma=False,
    )
    return np.asarray(errors, dtype=np.float32).reshape(picture.shape[:2])


def over(rgba: FloatPicture, background: float) -> FloatPicture:
    """(H, W, 4) straight, encoded colour laid over a grey of `background`, blended as encoded values.

    That is how D-NeRF and its followers make their truth from RGBA pictures.
    """
    alpha = rgba[..., 3:]
    return np.asarray(rgba[..., :3] * alpha + np.float32(background) * (1 - alpha), dtype=np.float32)
