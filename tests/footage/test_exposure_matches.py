"""How pictures were exposed, measured on what they share."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bake.compression.compress import CompressSettings, compress
from bake.contract.errors import Cancelled
from bake.contract.field_file import read_header
from bake.field.storage import load_field
from bake.footage import Shot, read_shot
from bake.footage.exposure_matches import measured_stops
from bake.render.frame import render_frame
from bake.training.bake import BakeSettings, bake_shot
from tests.bench.degraded import Fault, degrade, stops_of
from tests.bench.quality import BOOKS
from tests.footage.making import make_capture

WIDTH, SEED = 96, 3


def never() -> bool:
    return False


def filmed(folder: Path, *faults: Fault) -> Shot:
    """A hand and books, real footage whose camera chose its exposures, with faults of ours."""
    return read_shot(degrade(BOOKS, folder, faults, SEED, WIDTH))


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    found = measured_stops(filmed(tmp_path_factory.mktemp("untouched")), never)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "faults",
    [
        (Fault.DRIFT, Fault.FLICKER),
        (Fault.DRIFT, Fault.FLICKER, Fault.NOISE),
        (Fault.HOT, Fault.COVERED),
    ],
    ids=lambda faults: " ".join(faults),
)
def test_what_was_done_to_exposures_is_found(tmp_path: Path, untouched: np.ndarray, faults: tuple[Fault, ...]) -> None:
    """To two hundredths of a stop or so; and nothing else is taken for it, as a hand that comes before the lens."""
    shot = filmed(tmp_path, *faults)
    found = measured_stops(shot, never)
    assert found is not None and found.shape == (len(shot.frames), 3)
    np.testing.assert_allclose(np.median(found, axis=0), 0, atol=1e-6)
    done = stops_of(len(shot.frames), faults, SEED)
    miss = found - untouched - done[:, None]
    miss -= np.median(miss, axis=0)
    assert np.ptp(done) > 1
    assert np.abs(miss).mean() < 0.025 and np.abs(miss).max() < 0.12


def test_a_subject_alone_from_anywhere_tells_nothing(tmp_path: Path) -> None:
    assert measured_stops(read_shot(make_capture(tmp_path, count=6)), never) is None


def test_cameras_that_share_nothing_tell_nothing_of_each_other(tmp_path: Path) -> None:
    shot = filmed(tmp_path)
    ours, theirs = shot.frames[:20], shot.frames[20:40]
    for frame in theirs:
        Image.open(frame.picture.path).rotate(180).save(frame.picture.path)
    others = tuple(replace(frame, stream=1) for frame in theirs)
    assert measured_stops(replace(shot, frames=(*ours, *others)), never) is None
    assert measured_stops(replace(shot, frames=ours), never) is not None


def test_a_bake_keeps_them_and_can_be_stopped_before(tmp_path: Path) -> None:
    shot = filmed(tmp_path / "footage", Fault.DRIFT)
    told: list[float] = []
    wanted = measured_stops(shot, never, told.append)
    assert wanted is not None and told == sorted(told) and told[-1] == 1
    settings = BakeSettings(device="cpu", steps=3, sensor=True)
    bake_shot(shot, tmp_path / "hand.stp", settings, lambda _: None, never)
    field = load_field(tmp_path / "hand.stp", "cpu")
    assert field.exposures is not None and field.exposures.encoder is None
    np.testing.assert_array_equal(field.exposures().numpy(), wanted)
    assert read_header(tmp_path / "hand.stp").training["exposures_measured"]
    brightest, camera = shot.frames[int(wanted[:, 1].argmax())].shot_frame, shot.frames[0].camera
    neutral, bright = (render_frame(field, camera, 0.0, exposure_of=of).rgba for of in (None, brightest))
    assert bright[..., :3].mean() > 1.2 * neutral[..., :3].mean()
    with pytest.raises(Cancelled):
        measured_stops(shot, lambda: True)


def test_a_smaller_field_keeps_them(tmp_path: Path) -> None:
    shot = filmed(tmp_path / "footage", Fault.DRIFT)
    shot = replace(shot, frames=shot.frames[:12])
    field, small = tmp_path / "hand.stp", tmp_path / "hand.small.stp"
    bake_shot(shot, field, BakeSettings(device="cpu", steps=3, sensor=True), lambda _: None, never)
    compress(field, small, shot, None, CompressSettings(steps=3, device="cpu"), lambda _: None, never)
    known = [load_field(path, "cpu").exposures for path in (field, small)]
    assert known[0] is not None and known[1] is not None
    np.testing.assert_allclose(known[1]().numpy(), known[0]().numpy(), atol=1e-6)


def test_what_files_state_goes_before(tmp_path: Path) -> None:
    path = degrade(BOOKS, tmp_path, (), SEED, WIDTH)
    document = json.loads(path.read_text(encoding="utf-8"))
    for number, frame in enumerate(document["frames"]):
        frame["exposure"] = number % 2
    path.write_text(json.dumps(document), encoding="utf-8")
    bake_shot(
        read_shot(path), tmp_path / "hand.stp", BakeSettings(device="cpu", steps=1, sensor=True), lambda _: None, never
    )
    assert not read_header(tmp_path / "hand.stp").training["exposures_measured"]
