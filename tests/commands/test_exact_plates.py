"""Exact plates from the serving worker, and what it says where it cannot make them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from bake.contract.camera import Camera
from bake.contract.field_file import read_header
from bake.contract.instant import Instant
from bake.contract.messages import Done, Failed, FilterShape, NativeSurfaces, PixelFilter, PlateRequest, Quality
from bake.contract.native_file import NativeMeshes, gathered, write_native
from bake.contract.plate import SPLIT_LAYERS
from bake.contract.plate_layers import Layer, PlateLayers
from bake.render.plate_file import read_plate
from tests.analytic_field import make_soft_field
from tests.commands.test_serve import IDENTITY, Serving

SQUARE = (
    np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32),
    np.array([[0, 1, 2], [0, 2, 3]], np.int32),
)


@pytest.fixture
def soft(tmp_path: Path) -> Path:
    make_soft_field(tmp_path / "soft.stp")
    return tmp_path / "soft.stp"


@pytest.fixture
def serving() -> Iterator[Serving]:
    worker = Serving()
    worker.next()
    yield worker
    worker.process.kill()
    worker.process.wait()


def squares(*places: tuple[float, float]) -> NativeMeshes:
    """At heights, and of half an edge, facing the camera."""
    matrices = [np.diag([half, half, 1.0, 1.0]) for _, half in places]
    for matrix, (height, _) in zip(matrices, places, strict=True):
        matrix[2, 3] = height
    return gathered([SQUARE], [(0, matrix) for matrix in matrices])


def request(soft: Path, number: int, meshes: NativeMeshes) -> PlateRequest:
    """From four units above, 40 pixels across; what is one unit wide at the origin takes ten of them."""
    pose = np.eye(4)
    pose[2, 3] = 4
    file = soft.parent / f"{number}.native.npz"
    write_native(file, meshes)
    native = NativeSurfaces(str(file), meshes.content, PixelFilter(FilterShape.BLACKMAN_HARRIS, 1.5))
    return PlateRequest(
        id=number,
        field_file=str(soft),
        content_hash=read_header(soft).content_hash,
        camera=Camera(40, 40, 40, 40, 20, 20, tuple(pose.ravel()), near=0.1, far=100.0),
        field_to_scene=IDENTITY,
        shot_frame=0.0,
        quality=Quality.PREVIEW,
        path=str(soft.parent / f"{number}.exr"),
        native=native,
    )


def test_layers_of_an_exact_plate(serving: Serving, soft: Path) -> None:
    """Two squares, before and behind the middle of a soft ball, the nearer one above all of it in the second plate."""
    half, clear = request(soft, 1, squares((0.0, 0.5))), request(soft, 2, squares((1.4, 0.5), (-1.4, 2.0)))
    here = Instant(half.camera, half.field_to_scene, half.shot_frame)
    half = replace(half, layers=PlateLayers((Layer.POSITION, Layer.VECTOR), "", here, here))
    for asked in (half, clear):
        serving.send(asked)
        assert serving.next() == Done(asked.path, id=asked.id)
    field, front, layers = layers_of(Path(half.path))
    middle = 20, 20
    assert layers["Native"][middle] == pytest.approx(4) and layers["Coverage"][middle] == 1
    assert layers["Holdout"][middle] ** 2 == pytest.approx(1 - field[middle][3], abs=5e-3), (
        "half of the ball is in front"
    )
    assert front[middle][3] == pytest.approx(1 - layers["Holdout"][middle], abs=2e-3)
    outside, inside = layers["Coverage"][20, 14:16]
    assert 0.05 < outside < 0.5 < inside < 0.95 and outside + inside == pytest.approx(1, abs=0.04)
    # Few rays and many may be multiplied in another order, and differ in the last bit.
    np.testing.assert_allclose(front[2, 2], field[2, 2], rtol=0, atol=1e-6)
    _, front, layers = layers_of(Path(clear.path))
    assert front[middle].max() == 0 and layers["Holdout"][middle] == 1
    # The nearer square ends here before the farther one, which the ball hides in part: two surfaces in one pixel.
    ends = [(row, column) for row, column in np.argwhere(layers["Visible"] > 0.2) if 16 <= row < 24]
    assert len(ends) >= 16
    for row, column in ends:
        x, y = layers["PickX"][row, column] * 40 - 0.5, 39.5 - layers["PickY"][row, column] * 40
        assert layers["Native"][round(float(y)), round(float(x))] == pytest.approx(2.6)
        assert 0 < np.hypot(x - column, y - row) < 6
    plate = read_plate(Path(half.path))
    assert plate.layers["Position.Z"][middle] == pytest.approx(4 - plate.depth[middle], abs=1e-4), (
        "layers are the field's"
    )
    assert set(read_plate(Path(half.path)).metadata) >= {"field", "camera"}


def layers_of(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Field and Front, (H, W, 4), and the layers of numbers."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: np.array(channel.pixels) for name, channel in file.channels().items()}
    field, front = (
        np.stack([channels[f"{layer}.{letter}"] for letter in "RGBA"], axis=-1) for layer in ("Field", "Front")
    )
    return field, front, {name: channels[f"{name}.Z"] for name in SPLIT_LAYERS}


def test_other_surfaces_than_were_asked_for(serving: Serving, soft: Path) -> None:
    asked = request(soft, 1, squares((0.0, 0.5)))
    file = soft.parent / "1.native.npz"
    write_native(file, squares((0.1, 0.5)))
    serving.send(asked)
    answer = serving.next()
    assert isinstance(answer, Failed) and "other native surfaces" in answer.message
    file.unlink()
    serving.send(asked)
    answer = serving.next()
    assert isinstance(answer, Failed) and "cannot be read" in answer.message and answer.hint == "Render again."


def test_without_the_library_all_else_works(soft: Path) -> None:
    broken = soft.parent / "broken/embreex"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('libembree4.so.4: cannot open shared object file')")
    worker = Serving({**os.environ, "PYTHONPATH": str(broken.parent)})
    try:
        worker.next()
        asked = request(soft, 1, squares((0.0, 0.5)))
        worker.send(asked)
        answer = worker.next()
        assert isinstance(answer, Failed) and "needs the package embreex" in answer.message
        assert 'pip install "embreex>=' in answer.hint and "Fast" in answer.hint
        worker.send(replace(asked, id=2, native=None))
        assert worker.next() == Done(asked.path, id=2)
    finally:
        worker.process.kill()
        worker.process.wait()
