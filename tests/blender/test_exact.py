"""Exact merging: native surfaces cut through soft matter and end in clean edges, as in an integral done by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.special import erf

from bake.contract.camera import Camera
from bake.contract.messages import FilterShape, PixelFilter
from bake.render.pixel_samples import pixel_samples
from tests.analytic_field import SOFT_DENSITY, SOFT_RADIUS, make_soft_field
from tests.blender.harness import Blender
from tests.blender.test_frames import camera_at, read_picture
from tests.blender.test_occlusion import linear

FIELD_COLOUR = (0.8, 0.4, 0.2)
NATIVE = np.array([0.1, 0.3, 0.9, 1.0])
CARD, WALL = 0.9, 40.0
STEP = 1 / 255
CAMERA = camera_at(5, (96, 72))
FILTERS = {
    "CYCLES": PixelFilter(FilterShape.BLACKMAN_HARRIS, 1.5),
    "EEVEE": PixelFilter(FilterShape.GAUSSIAN, 1.5, 0.284 * 1.5),
}


def test_a_wall_and_a_card_in_a_soft_ball(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "soft.stp"
    make_soft_field(field, FIELD_COLOUR)
    found = blender.run("exact", tmp_path, field, "CYCLES", timeout=600).values
    seen = {name: read_picture(Path(path)) for name, path in found["pictures"].items()}
    wall, card = (np.array(found["matrices"][name]) for name in ("Wall", "Card"))
    error = np.abs(seen["wall_exact"] - truth(CAMERA, wall, WALL, FILTERS["CYCLES"], 4))
    assert error.max() < STEP, error.max() / STEP
    wanted, edge = truth_at_edges(card, "CYCLES")
    exact, fast = (np.abs(seen[name] - wanted)[..., :3] for name in ("card_exact", "card_fast"))
    assert exact.mean() < 0.2 * fast.mean() and exact[edge].mean() < 0.2 * fast[edge].mean()
    np.testing.assert_array_equal(seen["card_fast"], seen["fast_again"])
    plates = found["plates"]
    assert len(plates["card_fast"]) == 1 and len(plates["made"]) == 2
    assert plates["card_exact"] == plates["made"], "what was made ahead is what the render asks for"
    assert len(plates["wall_exact"]) == 3 and len(plates["moved"]) == 4, "other native surfaces need another plate"
    assert len(plates["moved_fast"]) == 4, "a fast plate does not know of them"


def test_a_card_in_a_soft_ball_in_eevee(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "soft.stp"
    make_soft_field(field, FIELD_COLOUR)
    found = blender.run("exact", tmp_path, field, "EEVEE", timeout=600).values
    wanted, edge = truth_at_edges(np.array(found["matrices"]["Card"]), "EEVEE")
    error = np.abs(read_picture(Path(found["pictures"]["card_exact"])) - wanted)[..., :3]
    assert error.mean() < STEP and error[edge].mean() < 6 * STEP, (error.mean() / STEP, error[edge].mean() / STEP)


def truth_at_edges(card: np.ndarray, engine: str) -> tuple[np.ndarray, np.ndarray]:
    """The truth of the card, and (H, W) bool, where it shows an edge."""
    wanted = truth(CAMERA, card, CARD, FILTERS[engine], 16)
    hard = truth(CAMERA, card, CARD, PixelFilter(FilterShape.BOX, 1e-3), 1)
    return wanted, (np.abs(wanted - hard) > 2 * STEP).any(axis=-1)


def truth(camera: Camera, matrix: np.ndarray, size: float, pixel_filter: PixelFilter, side: int) -> np.ndarray:
    """(H, W, 4) premultiplied scene-linear: a square of `NATIVE` at `matrix` in the soft ball around the origin."""
    y, x = (axis.ravel() + 0.5 for axis in np.mgrid[: camera.height, : camera.width])
    colour = np.append(linear(FIELD_COLOUR), 1.0)
    total = np.zeros((camera.height * camera.width, 4))
    offsets, _ = pixel_samples(pixel_filter, side)
    for across, down in offsets:
        start, along = (local @ camera.camera_to_world[:3, :3].T for local in camera.local_rays(x + across, y + down))
        start = start + camera.camera_to_world[:3, 3]
        depth = square_depth(start, along, matrix, size)
        passed = np.exp(-optical(start, along, depth))
        total += (1 - passed)[:, None] * colour + (passed * np.isfinite(depth))[:, None] * NATIVE
    return (total / len(offsets)).reshape(camera.height, camera.width, 4)


def square_depth(start: np.ndarray, along: np.ndarray, matrix: np.ndarray, size: float) -> np.ndarray:
    """(N,) ray parameter at which rays meet a square of an edge of `size` at `matrix`; infinite where they do not."""
    back = np.linalg.inv(matrix)
    start, along = start @ back[:3, :3].T + back[:3, 3], along @ back[:3, :3].T
    depth = -start[:, 2] / along[:, 2]
    place = np.abs(start + along * depth[:, None])[:, :2].max(axis=1)
    return np.where((place < size / 2) & (depth > 0), depth, np.inf)


def optical(start: np.ndarray, along: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(N,) optical depth of the soft ball from where rays start up to a ray parameter, in closed form."""
    length = np.linalg.norm(along, axis=1)
    nearest = -(start * along).sum(axis=1) / length**2
    away = np.square(start + along * nearest[:, None]).sum(axis=1)
    through = SOFT_DENSITY * np.exp(-away / (2 * SOFT_RADIUS**2)) * SOFT_RADIUS * np.sqrt(np.pi / 2)
    return through * (1 + erf((depth - nearest) * length / (SOFT_RADIUS * np.sqrt(2))))
