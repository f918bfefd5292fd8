"""Lens distortion undone: from pixels of the footage to straight rays.

Sources of the formulas: OpenCV's `calib3d` documentation for its two models; `libmv/simple_pipeline/
distortion_models.h` in Blender's sources for the division and Brown models. Blender measures its lenses with y up,
OpenCV with y down; only the tangential terms can tell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera, Lens, LensModel, Projection
from ..contract.errors import UserError

FloatArray = NDArray[np.float64]

_STEPS = 50
_TOLERANCE = 1e-9
_WIDEST = np.radians(89.0)
_COEFFICIENTS = {LensModel.OPENCV: 8, LensModel.OPENCV_FISHEYE: 4, LensModel.DIVISION: 2, LensModel.BROWN: 6}


def ray_directions(camera: Camera) -> NDArray[np.float32]:
    """Directions of the rays through all pixel centres, lens distortion undone.

    Orthographic cameras have parallel rays: (0, 0, -1) everywhere.

    Returns
    -------
    (H, W, 3) float32
        Camera space (x right, y up), z = -1, not normalised. Read-only: cameras that differ only in pose share it.

    Raises
    ------
    UserError
        If the distortion cannot be undone everywhere in the picture.
    """
    identity = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    return _directions(replace(camera, matrix=identity, near=0.0, far=float("inf")))


@lru_cache(maxsize=8)
def _directions(camera: Camera) -> NDArray[np.float32]:
    directions = np.empty((camera.height, camera.width, 3), dtype=np.float32)
    if camera.projection is Projection.ORTHOGRAPHIC:
        directions[:] = (0.0, 0.0, -1.0)
    else:
        columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
        ideal = undistorted(camera, np.stack([columns.ravel(), rows.ravel()], axis=1))
        directions[..., 0] = ideal[:, 0].reshape(directions.shape[:2])
        directions[..., 1] = -ideal[:, 1].reshape(directions.shape[:2])
        directions[..., 2] = -1.0
    directions.flags.writeable = False
    return directions


def undistorted(camera: Camera, pixels: FloatArray) -> FloatArray:
    """Ideal coordinates of pixels: what a pinhole camera of focal length 1 would have seen, y down.

    Parameters
    ----------
    pixels : (N, 2) float64
        Positions in the footage, from the top left corner.

    Returns
    -------
    (N, 2) float64

    Raises
    ------
    UserError
        If the distortion has no unique inverse at one of the pixels, or the lens sees 89 degrees off its axis.
    """
    seen = (pixels - (camera.cx, camera.cy)) / (camera.fx, camera.fy)
    match camera.lens.model:
        case LensModel.NONE:
            return seen
        case LensModel.DIVISION:
            return _divided(seen, camera.lens)
        case LensModel.OPENCV_FISHEYE:
            return _from_fisheye(seen, camera.lens)
        case LensModel.OPENCV | LensModel.BROWN:
            return _solved(seen, _polynomial(camera.lens), camera.lens)


def distorted(camera: Camera, ideal: FloatArray) -> FloatArray:
    """Pixels, from the top left corner, at which points of an ideal camera of focal length 1 (y down) are seen.

    Both arrays (N, 2) float64. The division model is given by its inverse and not supported here.
    """
    match camera.lens.model:
        case LensModel.NONE:
            seen = ideal
        case LensModel.OPENCV_FISHEYE:
            radius = np.linalg.norm(ideal, axis=1)
            angle = np.arctan(radius)
            seen = ideal * (_odd(angle, camera.lens)[0] / np.maximum(radius, 1e-12))[:, None]
        case LensModel.OPENCV | LensModel.BROWN:
            seen = _polynomial(camera.lens).apply(ideal)[0]
        case LensModel.DIVISION:
            raise NotImplementedError("the division model is defined from distorted to ideal")
    return seen * (camera.fx, camera.fy) + (camera.cx, camera.cy)


def check_lens(camera: Camera) -> None:
    """Raise the UserError that `ray_directions` would raise, by looking along the picture's edge only."""
    if camera.projection is Projection.ORTHOGRAPHIC:
        return
    along, down = np.linspace(0, camera.width, 33), np.linspace(0, camera.height, 33)
    edge = [np.stack([along, np.full(33, y)], axis=1) for y in (0.0, float(camera.height))]
    edge += [np.stack([np.full(33, x), down], axis=1) for x in (0.0, float(camera.width))]
    undistorted(camera, np.concatenate(edge))


def _parameters(lens: Lens) -> list[float]:
    count = _COEFFICIENTS[lens.model]
    if len(lens.coefficients) > count and any(lens.coefficients[count:]):
        raise UserError(f"The lens model {lens.model.value} has {count} coefficients, not {len(lens.coefficients)}.")
    return (list(lens.coefficients) + [0.0] * count)[:count]


def _unsolvable(lens: Lens) -> UserError:
    numbers = ", ".join(f"{value:g}" for value in lens.coefficients)
    return UserError(
        f"The lens distortion ({lens.model.value}: {numbers}) cannot be undone up to the edges of the picture.",
        "Solve the lens again with fewer coefficients, or undistort the footage first.",
    )


def _divided(seen: FloatArray, lens: Lens) -> FloatArray:
    k1, k2 = _parameters(lens)
    square = np.sum(seen * seen, axis=1)
    divisor = 1 + square * (k1 + square * k2)
    slope = 1 - square * (k1 + 3 * square * k2)
    if np.any(divisor <= 1e-6) or np.any(slope <= 0):
        raise _unsolvable(lens)
    return seen / divisor[:, None]


def _odd(angle: FloatArray, lens: Lens) -> tuple[FloatArray, FloatArray]:
    """The fisheye's distorted angle and its slope."""
    k = np.array(_parameters(lens))
    square = angle * angle
    powers = square[:, None] ** np.arange(1, 5)
    return angle * (1 + powers @ k), 1 + powers @ (k * (3, 5, 7, 9))


def _from_fisheye(seen: FloatArray, lens: Lens) -> FloatArray:
    radius = np.linalg.norm(seen, axis=1)
    angle = np.minimum(radius, _WIDEST)
    for _ in range(_STEPS):
        value, slope = _odd(angle, lens)
        step = (value - radius) / np.where(np.abs(slope) < 1e-6, 1e-6, slope)
        angle = np.clip(angle - step, 0.0, np.pi / 2)
        if np.max(np.abs(step), initial=0.0) < _TOLERANCE:
            break
    value, _ = _odd(angle, lens)
    sweep = np.linspace(0.0, np.max(angle, initial=0.0), 256)
    if np.any(angle > _WIDEST) or np.any(np.abs(value - radius) > 1e-7) or np.any(_odd(sweep, lens)[1] <= 0):
        raise _unsolvable(lens)
    return seen * (np.tan(angle) / np.maximum(radius, 1e-12))[:, None]


@dataclass(frozen=True)
class _Polynomial:
    """Radial polynomial over radial polynomial, plus tangential terms; y down."""

    above: tuple[float, ...]
    below: tuple[float, ...]
    p1: float
    p2: float

    def apply(self, ideal: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Distorted points (N, 2) and Jacobians (N, 2, 2)."""
        x, y = ideal[:, 0], ideal[:, 1]
        square = x * x + y * y
        scale, slope = self.radial(square)
        tangential = np.stack(
            [
                2 * self.p1 * x * y + self.p2 * (square + 2 * x * x),
                self.p1 * (square + 2 * y * y) + 2 * self.p2 * x * y,
            ],
            axis=1,
        )
        jacobian = np.empty((len(x), 2, 2))
        jacobian[:, 0, 0] = scale + 2 * slope * x * x + 2 * self.p1 * y + 6 * self.p2 * x
        jacobian[:, 1, 1] = scale + 2 * slope * y * y + 6 * self.p1 * y + 2 * self.p2 * x
        jacobian[:, 0, 1] = jacobian[:, 1, 0] = 2 * slope * x * y + 2 * self.p1 * x + 2 * self.p2 * y
        return ideal * scale[:, None] + tangential, jacobian

    def radial(self, square: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The radial factor at squared radii, and its derivative by the squared radius."""
        above, above_slope = _horner(self.above, square)
        below, below_slope = _horner(self.below, square)
        return above / below, (above_slope * below - above * below_slope) / (below * below)


def _horner(coefficients: tuple[float, ...], square: FloatArray) -> tuple[FloatArray, FloatArray]:
    polynomial = np.polynomial.Polynomial((1.0, *coefficients))
    return polynomial(square), polynomial.deriv()(square)


def _polynomial(lens: Lens) -> _Polynomial:
    if lens.model is LensModel.BROWN:
        k1, k2, k3, k4, p1, p2 = _parameters(lens)
        # In Blender p1 belongs to x and p2 to y, the other way round than in OpenCV (seen in Movie Distortion).
        return _Polynomial((k1, k2, k3, k4), (0.0,), -p2, p1)
    k1, k2, p1, p2, k3, k4, k5, k6 = _parameters(lens)
    return _Polynomial((k1, k2, k3), (k4, k5, k6), p1, p2)


def _solved(seen: FloatArray, model: _Polynomial, lens: Lens) -> FloatArray:
    """Newton's method from the distorted points; the answer must lie on the branch that starts at the axis."""
    ideal = seen.copy()
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            value, jacobian = model.apply(ideal)
            determinant = jacobian[:, 0, 0] * jacobian[:, 1, 1] - jacobian[:, 0, 1] * jacobian[:, 1, 0]
            rest = value - seen
            step_x = (jacobian[:, 1, 1] * rest[:, 0] - jacobian[:, 0, 1] * rest[:, 1]) / determinant
            step_y = (jacobian[:, 0, 0] * rest[:, 1] - jacobian[:, 1, 0] * rest[:, 0]) / determinant
            ideal -= np.stack([step_x, step_y], axis=1)
            if max(np.max(np.abs(step_x), initial=0.0), np.max(np.abs(step_y), initial=0.0)) < _TOLERANCE:
                break
        value, _ = model.apply(ideal)
        sweep = np.linspace(0.0, np.max(np.sum(ideal * ideal, axis=1), initial=0.0), 256)
        scale, slope = model.radial(sweep)
        rising = scale + 2 * sweep * slope
    solved = np.all(np.abs(value - seen) < 1e-7)
    if not solved or not np.all(rising > 0) or not np.all(np.isfinite(ideal)):
        raise _unsolvable(lens)
    return ideal
