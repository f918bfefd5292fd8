"""Plates of fields whose geometry is known: depth, edges, colour and place in the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bake.contract.camera import Camera
from bake.field.model import Field
from bake.field.storage import load_field
from bake.render.frame import render_frame
from bake.render.images import straight_srgb
from tests.analytic_field import BALL, MARKS, make_analytic_field
from tests.footage.making import look_at

WIDTH, HEIGHT, FOCAL = 240, 180, 220.0
COLOUR = (0.8, 0.4, 0.2)


def camera(eye: tuple[float, float, float], above: float = 0.0) -> Camera:
    pose = look_at(eye)
    pose[2, 3] += above
    return Camera(WIDTH, HEIGHT, FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2, tuple(float(v) for v in pose.ravel()))


@pytest.fixture(scope="module")
def ball(ball_field: Path) -> Field:
    return load_field(ball_field, "cpu")


def true_depth(seen_by: Camera) -> np.ndarray:
    """(H, W) planar depth of the ball, infinite beside it."""
    y, x = np.mgrid[: seen_by.height, : seen_by.width] + 0.5
    local = np.stack([(x - seen_by.cx) / FOCAL, -(y - seen_by.cy) / FOCAL, -np.ones_like(x)], axis=-1)
    pose = seen_by.camera_to_world
    rays, away = local @ pose[:3, :3].T, pose[:3, 3] - np.array(BALL[0].centre)
    a, b, c = (rays * rays).sum(-1), rays @ away, away @ away - BALL[0].radius ** 2
    root = b * b - a * c
    return np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)


def test_depth_edge_and_colour_of_a_ball(ball: Field) -> None:
    seen_by = camera((3.0, 2.0, 1.5), above=1.0)
    seen = render_frame(ball, seen_by, 7.25)
    truth = true_depth(seen_by)
    hit = np.isfinite(truth)
    # A pixel away from the edge on either side.
    padded = np.pad(hit, 1)
    around = np.stack([padded[1 + j : HEIGHT + 1 + j, 1 + i : WIDTH + 1 + i] for j in (-1, 0, 1) for i in (-1, 0, 1)])
    inner, outer = around.all(axis=0), ~around.any(axis=0)
    error = np.abs(seen.depth - truth)[inner]
    assert error.mean() < 0.005 and np.percentile(error, 95) < 0.01
    alpha = seen.rgba[..., 3]
    assert alpha[inner].min() > 0.99 and alpha[outer].max() < 0.01
    assert np.abs(straight_srgb(seen.rgba)[inner][:, :3] - COLOUR).max() < 2 / 255
    assert alpha.sum() == pytest.approx(hit.sum(), rel=0.01)


def test_marks_lie_where_the_camera_sees_them(tmp_path: Path) -> None:
    make_analytic_field(tmp_path / "marks.stp", MARKS)
    field = load_field(tmp_path / "marks.stp", "cpu")
    seen_by = camera((0.3, 0.2, 5.0))
    alpha = render_frame(field, seen_by, 0.0).rgba[..., 3]
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    # From above, the mark at the top hides the one at the origin.
    marks = [mark for mark in MARKS if mark.centre[:2] != (0.0, 0.0)]
    places, _ = seen_by.project(np.array([mark.centre for mark in marks]))
    for place in places:
        near = alpha * (np.hypot(x - place[0], y - place[1]) < 14)
        centroid = (near * x).sum() / near.sum(), (near * y).sum() / near.sum()
        assert np.hypot(*(centroid - place)) < 0.1


def test_the_same_field_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.analytic_field._STEPS", 3)
    hashes = [make_analytic_field(tmp_path / f"{name}.stp").model for name in "ab"]
    assert hashes[0] == hashes[1]
    one, other = (load_field(tmp_path / f"{name}.stp", "cpu").state_dict() for name in "ab")
    assert all((one[name] == other[name]).all() for name in one)
