"""When a field is shown by its stand-in."""

from __future__ import annotations

import numpy as np
import pytest

from bake.contract.camera import Camera, Projection
from bake.contract.stand_in import distance_to, fade_at, middle_and_size, size_in_picture

POSE = np.eye(4)
POSE[:3, 3] = (1.0, 2.0, 10.0)
CAMERA = Camera(64, 48, 70.0, 70.0, 32.0, 24.0, tuple(POSE.ravel()))


def test_a_field_fades_evenly_between_its_ends() -> None:
    assert [fade_at(closeness, 4.0) for closeness in (0.0, 0.99, 1.0, 4.0, 9.0)] == [0, 0, 0, 1, 1]
    assert fade_at(2.0, 4.0) == pytest.approx(0.5)
    shares = [fade_at(float(closeness), 4.0) for closeness in np.geomspace(1, 4, 50)]
    assert (np.diff(shares) > 0).all() and np.diff(shares).max() < 0.032, "nowhere does it leap"
    assert [fade_at(closeness, 1.0) for closeness in (1.0, 1.001)] == [0, 1], "no range switches at once"


def test_how_large_a_field_is_in_a_picture() -> None:
    turned = np.array([[0.0, -2.0, 0.0, 1.0], [2.0, 0.0, 0.0, 2.0], [0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    middle, size = middle_and_size(turned, np.array([-0.5, -1.5, 0.0]), np.array([0.5, 1.5, 0.0]))
    np.testing.assert_allclose(middle, (1, 2, 0), atol=1e-12)
    assert size == pytest.approx(6) and distance_to(CAMERA, middle) == pytest.approx(10)
    ends, _ = CAMERA.project(middle + np.array([[-size / 2, 0, 0], [size / 2, 0, 0]]))
    assert size_in_picture(CAMERA, middle, size) == pytest.approx(ends[1, 0] - ends[0, 0])
    flat = Camera(64, 48, 7.0, 7.0, 32.0, 24.0, tuple(POSE.ravel()), Projection.ORTHOGRAPHIC)
    assert size_in_picture(flat, middle, size) == pytest.approx(42)
