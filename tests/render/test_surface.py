"""Meshes and surroundings of fields whose geometry is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bake.contract.camera import Camera
from bake.contract.colour import srgb_to_linear
from bake.contract.messages import Quality
from bake.field.model import Field
from bake.field.storage import load_field
from bake.render.environment import around, render_environment
from bake.render.surface import surface_mesh
from tests.analytic_field import SLAB_TOP, SOLID_RADIUS, make_slab_field, make_solid_field

DETAIL = 64


@pytest.fixture(scope="module")
def ball(tmp_path_factory: pytest.TempPathFactory) -> Field:
    """Of radius SOLID_RADIUS, around the origin."""
    path = tmp_path_factory.mktemp("ball") / "ball.stp"
    make_solid_field(path)
    return load_field(path, "cpu")


def test_a_ball_as_a_mesh(ball: Field) -> None:
    voxel = 2.8 / DETAIL
    mesh = surface_mesh(ball, 0.0, DETAIL)
    assert np.abs(np.linalg.norm(mesh.points, axis=1) - SOLID_RADIUS).max() < voxel
    a, b, c = (mesh.points[mesh.triangles[:, corner]] for corner in range(3))
    facing = np.cross(b - a, c - a)
    assert (a * facing).sum(axis=1).min() >= 0, "faces look outwards"
    assert abs(np.linalg.norm(facing, axis=1).sum() / 2 / (4 * np.pi * SOLID_RADIUS**2) - 1) < 0.1
    assert np.abs(mesh.colours - np.round(np.array((0.8, 0.4, 0.2)) * 255)).max() <= 1
    cut = surface_mesh(ball, 0.0, DETAIL, crop=((-2, -2, -2), (2, 2, 0)))
    assert cut.points[:, 2].max() < voxel and len(cut.points) > 1000
    nothing = surface_mesh(ball, 0.0, DETAIL, crop=((1, 1, 1), (2, 2, 2)))
    assert nothing.points.shape == (0, 3) and nothing.triangles.shape == (0, 3)


def test_a_floor_as_a_mesh(tmp_path: Path) -> None:
    make_slab_field(tmp_path / "slab.stp")
    points = surface_mesh(load_field(tmp_path / "slab.stp", "cpu"), 0.0, DETAIL).points
    top = points[(np.abs(points[:, :2]).max(axis=1) < 1.3) & (points[:, 2] > -1.2)]
    assert np.abs(top[:, 2] - SLAB_TOP).max() < 2.8 / DETAIL


def test_surroundings_of_a_point(ball: Field) -> None:
    turn = np.array([[0.0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    for to_scene, towards in ((np.eye(4), (-1, 0, 0)), (turn, (0, -1, 0))):
        place = -1.8 * np.asarray(towards, dtype=float)
        rgba = surroundings(ball, place, to_scene)
        y, x = np.mgrid[:64, :128] + 0.5
        facing = around(x.ravel(), y.ravel(), 128, 64).reshape(64, 128, 3) @ towards
        edge = np.sqrt(1 - (SOLID_RADIUS / 1.8) ** 2)
        np.testing.assert_allclose(rgba[facing > edge + 0.03, 3], 1, atol=0.01)
        assert rgba[facing < edge - 0.03].max() < 0.01
        wanted = np.broadcast_to(srgb_to_linear(np.array((0.8, 0.4, 0.2))), rgba[facing > edge + 0.03, :3].shape)
        np.testing.assert_allclose(rgba[facing > edge + 0.03, :3], wanted, rtol=0.03)
    assert abs(around(np.array([64.0]), np.array([32.0]), 128, 64)[0] - (1, 0, 0)).max() < 1e-9
    assert around(np.array([64.0]), np.array([0.0]), 128, 64)[0, 2] == 1


def surroundings(field: Field, place: np.ndarray, to_scene: np.ndarray) -> np.ndarray:
    """(64, 128, 4) as seen by a camera that looks somewhere else."""
    pose = np.diag([-1.0, 1.0, -1.0, 1.0])
    pose[:3, 3] = place
    camera = Camera(128, 64, 100, 100, 64, 32, tuple(pose.ravel().tolist()), near=1e-3)
    plain: dict[str, Any] = {"crop": None, "exposure": 0.0, "exposure_of": None, "round_seconds": 0.2}
    return render_environment(
        field,
        camera,
        0.0,
        field_to_scene=to_scene,
        quality=Quality.STANDARD,
        should_stop=lambda: False,
        progress=lambda _: None,
        **plain,
    )
