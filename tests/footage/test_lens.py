"""Rays of distorted lenses, against OpenCV's own forward projection and Blender's formulas."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bake.contract.camera import Camera, Lens, LensModel, Projection
from bake.contract.errors import UserError
from bake.footage.lens import check_lens, ray_directions

POSE = tuple(np.eye(4).ravel())
MATRIX = np.array([[300.0, 0, 163], [0, 310, 118], [0, 0, 1]])


def camera(model: LensModel, *coefficients: float, projection: Projection = Projection.PERSPECTIVE) -> Camera:
    return Camera(320, 240, 300, 310, 163, 118, POSE, projection, Lens(model, coefficients))


def pixel_centres() -> np.ndarray:
    return np.stack(np.meshgrid(np.arange(320) + 0.5, np.arange(240) + 0.5), axis=-1)


def points(cam: Camera) -> np.ndarray:
    """Points on the rays, (N, 3), in OpenCV's axes (y down, z forward)."""
    rays = ray_directions(cam)
    assert rays.shape == (240, 320, 3) and rays.dtype == np.float32 and (rays[..., 2] == -1).all()
    return (rays.reshape(-1, 3) * (1, -1, -1)).astype(np.float64)


@pytest.mark.parametrize(
    "coefficients",
    [
        (),
        (-0.28, 0.09),
        (-0.2, 0.05, 0.001, -0.002, 0.01),
        (0.1, -0.02, 0.003, 0.001, 0.02, 0.05, 0.01, 0.001),
        (0.4, 0.2),
    ],
)
def test_opencv_round_trip(coefficients: tuple[float, ...]) -> None:
    padded = np.array(coefficients + (0.0,) * (8 - len(coefficients)))
    seen, _ = cv2.projectPoints(
        points(camera(LensModel.OPENCV, *coefficients)), np.zeros(3), np.zeros(3), MATRIX, padded
    )
    np.testing.assert_allclose(seen.reshape(240, 320, 2), pixel_centres(), atol=1e-3)


def test_fisheye_round_trip() -> None:
    k = (0.05, -0.01, 0.003, -0.001)
    world = points(camera(LensModel.OPENCV_FISHEYE, *k))[:, None]
    seen, _ = cv2.fisheye.projectPoints(world, np.zeros(3), np.zeros(3), MATRIX, np.array(k))
    np.testing.assert_allclose(seen.reshape(240, 320, 2), pixel_centres(), atol=1e-3)


def test_division_follows_its_definition() -> None:
    k1, k2 = -0.15, 0.03
    seen = (pixel_centres() - (163, 118)) / (300, 310)
    square = np.sum(seen**2, axis=-1, keepdims=True)
    ideal = seen / (1 + k1 * square + k2 * square**2)
    np.testing.assert_allclose(ray_directions(camera(LensModel.DIVISION, k1, k2))[..., :2], ideal * (1, -1), atol=1e-6)


def test_brown_follows_blender() -> None:
    """The formula as measured in Blender 4.5's Movie Distortion node: y up, p1 beside x and p2 beside y."""
    k1, k2, k3, k4, p1, p2 = -0.1, 0.02, 0.01, -0.002, 0.004, -0.006
    x, y = np.moveaxis(
        ray_directions(camera(LensModel.BROWN, k1, k2, k3, k4, p1, p2))[..., :2].astype(np.float64), -1, 0
    )
    square = x * x + y * y
    radial = 1 + square * (k1 + square * (k2 + square * (k3 + square * k4)))
    seen_x = x * radial + p1 * (square + 2 * x * x) + 2 * p2 * x * y
    seen_y = y * radial + p2 * (square + 2 * y * y) + 2 * p1 * x * y
    pixels = np.stack([163 + 300 * seen_x, 118 - 310 * seen_y], axis=-1)
    np.testing.assert_allclose(pixels, pixel_centres(), atol=1e-3)


@pytest.mark.parametrize(
    "bad",
    [
        camera(LensModel.OPENCV, -1.5),
        camera(LensModel.OPENCV, -1.5, 1.0),
        camera(LensModel.BROWN, -1.5, 0, 0, 0, 0, 0),
        camera(LensModel.DIVISION, 4.0, 0.0),
        camera(LensModel.OPENCV_FISHEYE, -2.0),
    ],
)
def test_distortion_without_an_inverse_is_refused(bad: Camera) -> None:
    for refuse in (ray_directions, check_lens):
        with pytest.raises(UserError, match="cannot be undone"):
            refuse(bad)


def test_orthographic_rays_are_parallel() -> None:
    rays = ray_directions(camera(LensModel.NONE, projection=Projection.ORTHOGRAPHIC))
    assert (rays == (0, 0, -1)).all()
