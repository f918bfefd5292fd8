"""Where within and around a pixel to look, so that plain means are what the render's pixel filter sees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..contract.messages import FilterShape, PixelFilter

NATIVE_PER_RAY = 4
"""Places at which native surfaces are looked up, for each ray through the field."""
_TABLE = 4096
_BLACKMAN_HARRIS = (0.35875, -0.48829, 0.14128, -0.01168)
"""Harris 1978, On the use of windows for harmonic analysis; four terms."""


def pixel_samples(pixel_filter: PixelFilter, side: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets from a pixel's centre, x and y in pixels, y down; all count the same.

    Parameters
    ----------
    side : int
        Its square is the number of rays through the field.

    Returns
    -------
    rays : (side^2, 2) float64
    surfaces : (side^2, NATIVE_PER_RAY, 2) float64
        Each ray's share of the places at which native surfaces are looked up, from the same part of the pixel.
    """
    rays, surfaces = (_warped(_canonical(count), pixel_filter) for count in (side, 2 * side))
    grid = surfaces.reshape(side, 2, side, 2, 2).transpose(0, 2, 1, 3, 4)
    return rays.reshape(-1, 2), grid.reshape(side * side, NATIVE_PER_RAY, 2)


def _canonical(side: int) -> NDArray[np.float64]:
    """(side, side, 2) in the unit square: stratified in the square, and along x and y alone in side^2 strata."""
    i, j = np.mgrid[:side, :side]
    return np.stack([(i + (j + 0.5) / side) / side, (j + (i + 0.5) / side) / side], axis=-1)


def _warped(unit: NDArray[np.float64], pixel_filter: PixelFilter) -> NDArray[np.float64]:
    """By the inverse of the filter's cumulative distribution."""
    edges = np.linspace(-1, 1, _TABLE + 1)
    mass = np.concatenate([[0], np.cumsum(_weight((edges[1:] + edges[:-1]) / 2, pixel_filter))])
    return np.interp(unit, mass / mass[-1], edges) * pixel_filter.radius


def _weight(place: NDArray[np.float64], pixel_filter: PixelFilter) -> NDArray[np.float64]:
    """At places from -1 to 1, the ends of the filter."""
    if pixel_filter.shape is FilterShape.BOX:
        return np.ones_like(place)
    if pixel_filter.shape is FilterShape.GAUSSIAN:
        return np.exp(-0.5 * np.square(place * pixel_filter.radius / max(pixel_filter.sigma, 1e-6)))
    angle = np.pi * (place + 1)
    return np.maximum(sum(term * np.cos(n * angle) for n, term in enumerate(_BLACKMAN_HARRIS)), 0)
