"""Stand-ins shine as their field is seen, and plates that fade over them mix with what lies behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bake.contract.colour import srgb_to_linear
from bake.contract.messages import StandInRequest
from bake.contract.stand_in import LIGHT
from bake.field.storage import load_field
from bake.render.deep import Deep
from bake.render.exact import Split
from bake.render.fading import faded, faded_deep, faded_split
from bake.render.frame import RenderedFrame
from bake.render.mesh_file import read_stand_in, write_stand_in
from bake.render.stand_in import StandIn, stand_in_mesh
from tests.analytic_field import SOLID_RADIUS, make_solid_field
from tests.blender.fields import filmed_from, write_box_field

COLOUR = (0.8, 0.4, 0.2)


def request(path: Path, shot_frame: float = 0.0, exposure_of: float | None = None) -> StandInRequest:
    return StandInRequest(0, str(path), "", shot_frame, 32, "", exposure_of=exposure_of)


@pytest.mark.parametrize("filmed", [False, True])
def test_a_ball_shines_as_it_is_seen(tmp_path: Path, filmed: bool) -> None:
    make_solid_field(tmp_path / "ball.stp", colour=COLOUR)
    cameras = filmed_from([0.0, 120.0, 240.0], [0.0] * 3) if filmed else None
    mesh = stand_in_mesh(load_field(tmp_path / "ball.stp", "cpu"), request(tmp_path), cameras)
    # Above and below nobody has looked.
    assert len(mesh.points) > 400 and np.median(np.abs(np.linalg.norm(mesh.points, axis=1) - SOLID_RADIUS)) < 0.02
    wanted = np.broadcast_to(srgb_to_linear(np.array(COLOUR)), mesh.light.shape)
    np.testing.assert_allclose(mesh.light, wanted, rtol=0.02)
    write_stand_in(tmp_path / "ball.ply", mesh, {})
    head = (tmp_path / "ball.ply").read_bytes().split(b"end_header\n")[0]
    assert [f"property float {name}" in head.decode() for name in LIGHT] == [True] * 3
    read = read_stand_in(tmp_path / "ball.ply")
    for kept, found in ((mesh.points, read.points), (mesh.light, read.light), (mesh.triangles, read.triangles)):
        np.testing.assert_array_equal(kept, found)


def test_a_stand_in_is_exposed_as_its_footage(tmp_path: Path) -> None:
    write_box_field(tmp_path / "box.stp", stops=1.0)
    field = load_field(tmp_path / "box.stp", "cpu")
    meshes: list[StandIn] = [stand_in_mesh(field, request(tmp_path, 2.0, shown), None) for shown in (None, 8.0)]
    np.testing.assert_allclose(meshes[1].light, 2 * meshes[0].light, rtol=1e-4)


def test_what_fades_mixes_with_what_is_behind() -> None:
    random = np.random.default_rng(0)
    alpha = random.uniform(0, 1, (5, 6, 1)).astype(np.float32)
    rgba = np.concatenate([random.uniform(0, 1, (5, 6, 3)).astype(np.float32) * alpha, alpha], axis=-1)
    render = random.uniform(0, 1, (5, 6, 4)).astype(np.float32)
    over = faded(RenderedFrame(rgba, np.ones((5, 6), np.float32)), 0.3).rgba
    mixed = 0.3 * (rgba + render * (1 - alpha)) + 0.7 * render
    np.testing.assert_allclose(over + render * (1 - over[..., 3:]), mixed, atol=1e-6)
    flat = [random.uniform(0, 1, (5, 6)).astype(np.float32) for _ in range(6)]
    split = Split(rgba * 0.4, *flat)
    thin = faded_split(split, 0.3)
    joined, faint = (
        one.front + one.holdout[..., None] * render + one.visible[..., None] * render[::-1] for one in (split, thin)
    )
    np.testing.assert_allclose(faint, 0.3 * joined + 0.7 * render, atol=1e-6)


def test_a_deep_picture_fades_up_to_each_sample() -> None:
    random = np.random.default_rng(1)
    counts = np.array([[3, 0, 1], [2, 4, 0]])
    values = random.uniform(0, 0.9, (10, 6)).astype(np.float32)
    values[2, 3] = 1.0
    thin = faded_deep(Deep(counts, values), 0.3)
    first = 0
    for count in counts.ravel():
        own, faint = (one[first : first + count, :4].astype(np.float64) for one in (values, thin.values))
        for number in range(count):
            np.testing.assert_allclose(flattened(faint[: number + 1]), 0.3 * flattened(own[: number + 1]), atol=1e-5)
        first += count
    np.testing.assert_array_equal(thin.values[:, 4:], values[:, 4:])


def flattened(samples: np.ndarray) -> np.ndarray:
    """(4,) colour and alpha of samples (N, 4) that lie over each other."""
    through = np.append(1, np.cumprod(1 - samples[:, 3])[:-1])
    return np.asarray((samples * through[:, None]).sum(axis=0))
