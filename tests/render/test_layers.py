"""Layers of plates of fields whose surface and motion are known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bake.contract.camera import Camera
from bake.contract.coverage import ANGLE
from bake.contract.cryptomatte import name_hash, name_number
from bake.contract.field_file import FieldHeader, FootageCameras, read_header
from bake.contract.instant import Instant
from bake.contract.messages import decode, encode
from bake.contract.plate import plate_name
from bake.contract.plate_layers import Layer, PlateLayers
from bake.field.model import Field
from bake.field.storage import load_field
from bake.render.frame import RenderedFrame, render_frame
from bake.render.layers import make_layers
from bake.render.plate_file import read_plate, write_plate
from tests.analytic_field import SOFT_RADIUS, make_soft_field, make_swaying_field, swayed
from tests.blender.fields import filmed_from
from tests.contract.test_messages import REQUEST
from tests.footage.making import look_at

IDENTITY = tuple(float(value) for value in np.eye(4).ravel())


@pytest.fixture(scope="module")
def swaying(tmp_path_factory: pytest.TempPathFactory) -> tuple[FieldHeader, Field]:
    path = tmp_path_factory.mktemp("swaying") / "swaying.stp"
    make_swaying_field(path)
    return read_header(path), load_field(path, "cpu")


def moment(eye: tuple[float, float, float], shot_frame: float, place: np.ndarray | None = None) -> Instant:
    pose = tuple(float(value) for value in look_at(eye).ravel())
    camera = Camera(120, 90, 130.0, 130.0, 60.0, 45.0, pose, near=0.1)
    return Instant(camera, IDENTITY if place is None else tuple(place.ravel()), shot_frame)


def placed(turn: float, aside: float) -> np.ndarray:
    """A field that is turned about Z, stretched and moved."""
    c, s = np.cos(turn), np.sin(turn)
    return np.array([[1.3 * c, -s, 0, aside], [1.3 * s, c, 0, 0.1], [0, 0, 0.8, -aside], [0, 0, 0, 1.0]])


def seen(field: Field, now: Instant) -> RenderedFrame:
    return render_frame(field, now.camera, now.shot_frame, field_to_scene=np.reshape(now.field_to_scene, (4, 4)))


def test_vectors_are_where_points_go(swaying: tuple[FieldHeader, Field]) -> None:
    """Camera, object and the field's own matter move; steps of a scene frame are uneven in shot time."""
    header, field = swaying
    now = moment((2.9, -3.0, 1.1), 6.25, placed(0.3, 0.1))
    before, after = moment((2.8, -3.1, 1.0), 4.75, placed(0.25, 0.0)), moment((3.1, -3.0, 1.1), 7.0, placed(0.3, 0.2))
    wanted = PlateLayers((Layer.POSITION, Layer.VECTOR, Layer.MATTES), "Ball", before, after)
    frame = seen(field, now)
    made = make_layers(field, header, now, wanted, frame.rgba, frame.depth).channels
    shown = frame.rgba[..., 3] > 0.2
    assert shown.sum() > 500
    position = np.stack([made[f"Position.{axis}"] for axis in "XYZ"], axis=-1)[shown].astype(np.float64)
    place = np.reshape(now.field_to_scene, (4, 4))
    captured = torch.as_tensor((position - place[:3, 3]) @ np.linalg.inv(place[:3, :3]).T)
    here, _ = now.camera.project(position)
    y, x = np.nonzero(shown)
    assert np.abs(here - np.stack([x, y], axis=1) - 0.5).max() < 1e-2
    for other, letters, sign in ((before, "XY", 1), (after, "ZW", -1)):
        then = np.reshape(other.field_to_scene, (4, 4))
        moved = swayed(captured, now.shot_frame, other.shot_frame).numpy() @ then[:3, :3].T + then[:3, 3]
        truth = sign * (other.camera.project(moved)[0] - here) * (1, -1)
        found = np.stack([made[f"Vector.{letter}"] for letter in letters], axis=-1)[shown]
        assert np.abs(truth).max() > 3, "something moves"
        assert np.abs(found - truth).max() < 0.2
    np.testing.assert_array_equal(made["Moving.Z"], frame.rgba[..., 3] * (made["Moving.Z"] > 0))
    assert (made["Moving.Z"][shown] > 0).all()
    assert (
        make_layers(field, header, now, replace(wanted, before=None), frame.rgba, frame.depth)
        .channels["Vector.X"]
        .max()
        == 0
    )


def test_a_camera_that_turns_around_a_moment(swaying: tuple[FieldHeader, Field]) -> None:
    """Bullet time: shot time stands still, so all vectors are the camera's, but what moves by itself still counts."""
    header, field = swaying
    now = moment((2.9, -3.0, 1.1), 6.0)
    wanted = PlateLayers((Layer.POSITION, Layer.VECTOR, Layer.MATTES), "Ball", now, moment((3.4, -2.4, 1.1), 6.0))
    frame = seen(field, now)
    made = make_layers(field, header, now, wanted, frame.rgba, frame.depth).channels
    shown = frame.rgba[..., 3] > 0.2
    assert np.abs(made["Vector.X"]).max() < 1e-3
    position = np.stack([made[f"Position.{axis}"] for axis in "XYZ"], axis=-1)[shown]
    assert wanted.after is not None
    truth = now.camera.project(position)[0] - wanted.after.camera.project(position)[0]
    assert np.abs(made["Vector.Z"][shown] - truth[:, 0]).max() < 0.01 and np.abs(truth).max() > 1
    assert (made["Moving.Z"][shown] > 0.2).all()


def test_normals_of_a_ball_in_a_stretched_field(tmp_path: Path) -> None:
    """Of a soft ball, whose density is the same on ellipsoids where the field is stretched."""
    make_soft_field(tmp_path / "soft.stp")
    header, field = read_header(tmp_path / "soft.stp"), load_field(tmp_path / "soft.stp", "cpu")
    place = placed(0.4, 0.2)
    now = moment((2.0, -3.5, 1.0), 0.0, place)
    frame = seen(field, now)
    made = make_layers(field, header, now, PlateLayers((Layer.POSITION, Layer.NORMAL)), frame.rgba, frame.depth)
    shown = frame.rgba[..., 3] > 0.2
    position, normal = (
        np.stack([made.channels[f"{name}.{axis}"] for axis in "XYZ"], axis=-1)[shown].astype(np.float64)
        for name in ("Position", "Normal")
    )
    back = np.linalg.inv(place[:3, :3])
    truth = ((position - place[:3, 3]) @ back.T) @ back
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    degrees = np.degrees(np.arccos(np.clip((truth * normal).sum(axis=1), -1, 1)))
    assert np.median(degrees) < 1.5 and np.percentile(degrees, 95) < 5
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1, atol=1e-5)
    assert SOFT_RADIUS / 2 < np.linalg.norm(position - place[:3, 3], axis=1).mean() < 3 * SOFT_RADIUS


def test_confidence_is_the_coverage_of_a_point(tmp_path: Path) -> None:
    """What stands still goes by directions alone; one camera has nothing of the ball in its picture."""
    make_soft_field(tmp_path / "soft.stp")
    header, field = read_header(tmp_path / "soft.stp"), load_field(tmp_path / "soft.stp", "cpu")
    footage = filmed_from([0.0, 20.0, 90.0, 200.0], [0.0, 1.0, 2.0, 3.0])
    footage.matrices[3, :3, :3] *= -1
    wanted = PlateLayers((Layer.POSITION, Layer.CONFIDENCE))
    for azimuth in (0.0, 40.0, 200.0):
        angle = np.radians(azimuth)
        now = moment((4 * np.cos(angle), 4 * np.sin(angle), 0.0), 0.0)
        frame = seen(field, now)
        made = make_layers(field, header, now, wanted, frame.rgba, frame.depth, footage).channels
        point = np.array([made[f"Position.{axis}"][45, 60] for axis in "XYZ"])
        looks = footage.matrices[:3, :3, 3] - point
        here = now.camera.camera_to_world[:3, 3] - point
        cosine = looks @ here / np.linalg.norm(looks, axis=1) / np.linalg.norm(here)
        truth = np.exp(-((np.degrees(np.arccos(np.minimum(cosine, 1))) / ANGLE) ** 2).min() / 2)
        assert made["Confidence.Z"][45, 60] == pytest.approx(truth * frame.rgba[45, 60, 3], abs=1e-3)
        assert (made["Confidence.Z"] <= frame.rgba[..., 3] + 1e-6).all()
    for nobody in (None, FootageCameras(np.zeros((0, 4, 4)), np.zeros((0, 6)), np.zeros(0))):
        blind = make_layers(field, header, now, wanted, frame.rgba, frame.depth, nobody).channels
        assert blind["Confidence.Z"].max() == 0


def test_confidence_of_what_moves_goes_by_time(swaying: tuple[FieldHeader, Field]) -> None:
    """Filmed from there, but a second later: known as far as it stands still, and hardly where it moves."""
    header, field = swaying
    now = moment((4.0, 0.0, 0.0), 6.0)
    frame = seen(field, now)
    wanted = PlateLayers((Layer.MATTES, Layer.CONFIDENCE), "Ball")
    late = make_layers(field, header, now, wanted, frame.rgba, frame.depth, filmed_from([0.0], [30.0])).channels
    then = make_layers(field, header, now, wanted, frame.rgba, frame.depth, filmed_from([0.0], [6.0])).channels
    moves = late["Moving.Z"] > 0.5
    assert moves.sum() > 100
    np.testing.assert_allclose(late["Confidence.Z"][moves], then["Confidence.Z"][moves] * np.exp(-2), rtol=0.02)


def test_hashes_of_names() -> None:
    """Those that Blender wrote for these names, and one whose bits would be no ordinary number."""
    assert name_hash("ViewLayer.CryptoObject") >> 4 == 0x542CAFA and name_hash("Plane") == 0x4159B52A
    assert name_number("Plane") == pytest.approx(13.6067295)
    assert all(np.isfinite(name_number(str(number))) and name_number(str(number)) != 0 for number in range(3000))


def test_mattes_and_what_the_file_says_of_them(swaying: tuple[FieldHeader, Field], tmp_path: Path) -> None:
    header, field = swaying
    now = moment((2.9, -3.0, 1.1), 6.25)
    frame = seen(field, now)
    layers = make_layers(field, header, now, PlateLayers((Layer.MATTES,), 'A "Bäll"'), frame.rgba, frame.depth)
    write_plate(tmp_path / "plate.exr", frame.rgba, frame.depth, {}, layers=layers)
    made = read_plate(tmp_path / "plate.exr").layers
    alpha, shown = frame.rgba[..., 3], frame.rgba[..., 3] > 1 / 512
    assert (made["CryptoObject00.R"][shown] == np.float32(name_number('A "Bäll"'))).all()
    np.testing.assert_array_equal(made["CryptoObject00.G"], np.where(shown, alpha, 0))
    np.testing.assert_allclose(
        made["CryptoMotion00.G"] + made["CryptoMotion00.A"], np.where(shown, alpha, 0), atol=1e-6
    )
    assert (made["CryptoMotion00.G"] >= made["CryptoMotion00.A"]).all()
    manifest = next(text for key, text in layers.header.items() if key.endswith("/manifest"))
    assert int(json.loads(manifest)['A "Bäll"'], 16) == int(np.float32(name_number('A "Bäll"')).view(np.uint32))


def test_requests_with_layers_and_without() -> None:
    plain = REQUEST
    now = moment((2.9, -3.0, 1.1), 6.25)
    layers = PlateLayers((Layer.VECTOR, Layer.MATTES), "Ball", now, None)
    layered = replace(plain, layers=layers)
    assert decode(encode(layered)) == layered and decode(encode(plain)) == plain
    assert "layers" not in encode(plain), "plates from before there were layers keep their names and receipts"
    others = [
        replace(layers, before=moment((2.9, -3.0, 1.1), 6.5)),
        replace(layers, name="Other"),
        replace(layers, kinds=(Layer.MATTES,)),
        replace(layers, deep=True),
    ]
    names = {plate_name(one) for one in (plain, layered, *(replace(layered, layers=other) for other in others))}
    assert len(names) == 6
