"""Messages, cameras and plate names survive the way between the processes."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from bake.contract.camera import Camera, Lens, LensModel, Projection
from bake.contract.instant import Instant
from bake.contract.messages import (
    CancelRequest,
    Done,
    Failed,
    FilterShape,
    Hello,
    Message,
    NativeSurfaces,
    Paused,
    PixelFilter,
    PlateRequest,
    Progress,
    Quality,
    Queued,
    StandInRequest,
    Stopped,
    decode,
    encode,
)
from bake.contract.plate import plate_name
from bake.contract.shutter import Aperture, Shutter

POSE = tuple(float(value) for value in np.eye(4).ravel())
CAMERA = Camera(64, 48, 70.1, 70.2, 32.3, 24.4, POSE, near=0.1, far=100.0)
REQUEST = PlateRequest(
    id=7,
    field_file="/somewhere/shot.stp",
    content_hash="ab" * 32,
    camera=CAMERA,
    field_to_scene=POSE,
    shot_frame=12.5,
    quality=Quality.FINAL,
    path="/cache/x.exr",
    crop=((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)),
    exposure=0.5,
    channel="viewport",
)
NATIVE = NativeSurfaces("/somewhere/x.npz", "cd" * 16, PixelFilter(FilterShape.GAUSSIAN, 1.5, 0.4), world=True)


SHUTTER = Shutter(
    (Instant(CAMERA, POSE, 12.25), Instant(replace(CAMERA, fx=71.0, far=float("inf")), POSE, 12.75)), (1.0, 0.5, 0.0)
)
APERTURE = Aperture(0.01, 3.0, 6, 0.2, 2.0)


@pytest.mark.parametrize(
    "camera",
    [
        CAMERA,
        Camera(8, 8, 1, 1, 4, 4, POSE, Projection.ORTHOGRAPHIC),
        replace(CAMERA, lens=Lens(LensModel.BROWN, (0.1, 0.0, -0.25))),
    ],
)
def test_cameras_round_trip_through_json(camera: Camera) -> None:
    assert Camera.from_json(json.loads(json.dumps(camera.to_json(), allow_nan=False))) == camera


@pytest.mark.parametrize("field", ["width", "fx", "matrix"])
def test_a_camera_that_lacks_something_is_refused(field: str) -> None:
    document = CAMERA.to_json()
    del document[field]
    with pytest.raises((KeyError, TypeError)):
        Camera.from_json(document)


@pytest.mark.parametrize(
    "message",
    [
        Hello(1, "CPU", {"torch": "2.13"}),
        REQUEST,
        replace(REQUEST, crop=None),
        replace(REQUEST, exposure_of=3.5),
        replace(REQUEST, native=NATIVE),
        replace(REQUEST, fade=0.25),
        StandInRequest(3, "/shot.stp", "ab" * 32, 2.0, 64, "/x.ply", ((-1.0,) * 3, (1.0,) * 3), exposure_of=2.0),
        replace(REQUEST, shutter=SHUTTER, aperture=APERTURE),
        CancelRequest(7),
        Progress("training", 0.5, step=10, steps=20, loss=0.25, psnr=30.0),
        Done("/x.stp", metrics={"psnr": 30.5}),
        Failed("It broke.", "Mend it.", 3),
        Stopped("Cancelled.", 4),
        Queued(2, "/shots/before.stp"),
        Paused("Paused."),
    ],
)
def test_messages_round_trip_on_one_line(message: Message) -> None:
    line = encode(message)
    assert "\n" not in line
    assert decode(line) == message


def test_progress_without_figures_yet() -> None:
    read = decode(encode(Progress("training", 0.0)))
    assert isinstance(read, Progress) and math.isnan(read.psnr) and math.isnan(read.loss)


@pytest.mark.parametrize(
    "line", ["", "{}", "[1]", '{"type": "dance"}', '{"type": "cancel"}', '{"type": "cancel", "id": 1, "x": 2}', "\0"]
)
def test_what_is_no_message(line: str) -> None:
    with pytest.raises(ValueError, match="not a message"):
        decode(line)


def test_plate_name_ignores_what_does_not_change_pixels() -> None:
    same = replace(REQUEST, id=99, field_file="D:/elsewhere.stp", path="y.exr", channel="render")
    moved = replace(CAMERA, fx=CAMERA.fx * (1 + 1e-12), matrix=(1.0, 1e-17, *POSE[2:]))
    assert plate_name(same) == plate_name(REQUEST) == plate_name(replace(REQUEST, camera=moved))
    assert plate_name(REQUEST) == "9b166476eecb3ab656fff432b1ff8cbb.exr", (
        "plates made by earlier versions are found under this name; a new one needs another PLATE_VERSION"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"content": "ef" * 16},
        {"world": False},
        {"pixel_filter": PixelFilter(FilterShape.GAUSSIAN, 1.5, 0.5)},
        {"pixel_filter": PixelFilter(FilterShape.BOX, 1.5, 0.4)},
    ],
)
def test_an_exact_plate_name_knows_the_native_surfaces(change: dict) -> None:
    exact = replace(REQUEST, native=NATIVE)
    assert plate_name(exact) == plate_name(replace(exact, native=replace(NATIVE, file="D:/elsewhere.npz")))
    assert (
        len({plate_name(REQUEST), plate_name(exact), plate_name(replace(exact, native=replace(NATIVE, **change)))}) == 3
    )


@pytest.mark.parametrize(
    "change",
    [
        {"content_hash": "cd" * 32},
        {"shot_frame": 12.5001},
        {"quality": Quality.STANDARD},
        {"crop": None},
        {"exposure": 0.6},
        {"fade": 0.5},
        {"exposure_of": 0.0},
        {"field_to_scene": (2.0, *POSE[1:])},
        {"camera": replace(CAMERA, width=65)},
        {"camera": replace(CAMERA, cx=32.4)},
        {"camera": replace(CAMERA, projection=Projection.ORTHOGRAPHIC)},
        {"camera": replace(CAMERA, far=float("inf"))},
        {"shutter": SHUTTER},
        {"aperture": APERTURE},
    ],
)
def test_plate_name_knows_everything_that_changes_pixels(change: dict) -> None:
    assert plate_name(replace(REQUEST, **change)) != plate_name(REQUEST)


@pytest.mark.parametrize(
    "changed",
    [
        replace(SHUTTER, openness=()),
        replace(SHUTTER, instants=(SHUTTER.instants[0], replace(SHUTTER.instants[1], shot_frame=13.0))),
        replace(SHUTTER, instants=(SHUTTER.instants[0], replace(SHUTTER.instants[1], camera=CAMERA))),
    ],
)
def test_a_blurred_plate_name_knows_the_shutter(changed: Shutter) -> None:
    assert plate_name(replace(REQUEST, shutter=changed)) != plate_name(replace(REQUEST, shutter=SHUTTER))


def test_slices_of_a_shutter_let_in_the_same_light() -> None:
    even = Shutter(SHUTTER.instants).places(4)
    np.testing.assert_allclose(even, [0.125, 0.375, 0.625, 0.875])
    ramp = Shutter(SHUTTER.instants, (0.0, 1.0)).places(1000)
    np.testing.assert_allclose(ramp, np.sqrt((np.arange(1000) + 0.5) / 1000), atol=0.02)


@pytest.mark.parametrize(("blades", "area"), [(0, math.pi), (4, 2.0), (6, 3 * math.sqrt(3) / 2)])
def test_an_aperture_is_covered_evenly(blades: int, area: float) -> None:
    """A disc, a square on its corner, a hexagon: as wide as high but for its ratio."""
    u, v = (axis.ravel() for axis in (np.mgrid[:200, :200] + 0.5) / 200)
    points = Aperture(2.0, 1.0, blades, 0.0, 2.0).points(u, v) / (1.0, 2.0)
    assert np.abs(points.mean(axis=0)).max() < 0.01
    assert np.linalg.norm(points, axis=1).max() == pytest.approx(1, abs=0.01)
    inner = (np.abs(points) < 0.25).all(axis=1).mean()
    assert inner == pytest.approx(0.25 / area, abs=0.01)
