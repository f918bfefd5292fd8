"""`verify` and `plates`: plates that are not what they should be are named, and those of a farm's folder made again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bake.contract.camera import Camera
from bake.contract.errors import UserError
from bake.contract.farm_folder import (
    FarmField,
    FarmPlate,
    Manifest,
    frame_chunks,
    read_frames,
    read_manifest,
    sha256_of,
)
from bake.contract.field_file import read_header
from bake.contract.instant import Instant
from bake.contract.messages import Done, PlateRequest, encode
from bake.contract.plate import VISIBLE_ALPHA, plate_name
from bake.contract.plate_layers import Layer, PlateLayers, deep_file
from bake.contract.plate_receipt import read_receipt
from bake.render.layers import Layers
from bake.render.plate_file import read_plate, write_plate
from tests.commands.conftest import Worker, run_worker
from tests.commands.test_serve import Serving, request, serving

__all__ = ["serving"]


def asked(number: int, field_file: Path, folder: Path) -> PlateRequest:
    wanted = request(number, field_file, folder, size=48)
    return replace(wanted, path=str(folder / plate_name(wanted)))


def make(serving: Serving, *requests: PlateRequest) -> list[Path]:
    for wanted in requests:
        serving.send(wanted)
        assert serving.next() == Done(wanted.path, id=wanted.id)
    return [Path(wanted.path) for wanted in requests]


def verify(worker: Worker, *words: object) -> tuple[int, list[dict[str, Any]]]:
    done = worker("verify", *words, "--device", "cpu", "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, lines


@pytest.fixture(scope="module")
def other_field(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("other") / "ball.stp"
    done = run_worker("bake", capture, "-o", path, "--preset", "preview", "--steps", 60, "--device", "cpu", "--seed", 4)
    assert done.returncode == 0, done.stderr
    return path


def test_each_fault_is_named(
    serving: Serving, worker: Worker, field_file: Path, other_field: Path, tmp_path: Path
) -> None:
    good, cut, foreign, repainted, bare, stale = make(
        serving, *(asked(number, field_file, tmp_path) for number in range(1, 6)), asked(6, other_field, tmp_path)
    )
    receipt = read_receipt(good)
    assert receipt["seed"] == "3" and json.loads(receipt["made_with"])["device"] == "cpu"
    cut.write_bytes(cut.read_bytes()[:-20])
    plate = read_plate(foreign)
    # Whole, and with a sound receipt of its own: only its pixels tell.
    write_plate(repainted, plate.rgba, plate.depth, read_plate(repainted).metadata)
    write_plate(bare, plate.rgba, plate.depth, {"plate_version": "1"})
    code, lines = verify(worker, tmp_path, "--field", field_file)
    told = {Path(line["plate"]).name: line["fault"] for line in lines}
    assert code == 1 and told.pop(good.name) == "" and told.pop(foreign.name) == ""
    words = {cut: "cut short", repainted: "shows something else", bare: "no receipt", stale: "baked again"}
    assert all(words[path] in told.pop(path.name) for path in words) and not told
    code, lines = verify(worker, good, "--field", field_file)
    assert code == 0 and lines[0]["pixels"] >= 2048 and lines[0]["within"] == 1
    assert verify(worker, stale, "--field", field_file, "--field", other_field)[0] == 0
    assert verify(worker, tmp_path / "nothing.exr")[1][0]["fault"] == "is missing"


@pytest.fixture
def farm(serving: Serving, field_file: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder such as prepare-farm makes, its field beside it."""
    folder, field = tmp_path / "farm", tmp_path / "ball.stp"
    shutil.copy(field_file, field)
    plates = []
    for frame in (1, 2, 3):
        wanted = asked(frame, field, folder / "plates")
        (path,) = make(serving, wanted)
        file = path.rename(path.with_name(f"ball_{frame:04d}.exr"))
        name = Path(plate_name(wanted)).stem
        row = FarmPlate(frame, "ball", f"plates/{file.name}", sha256_of(file), name, wanted.content_hash, 2.5)
        plates.append(replace(row, request=encode(wanted)))
    fields = {"ball": FarmField("../ball.stp", read_header(field).content_hash, "ball")}
    Manifest("shot.blend", "Scene", [1, 2, 3], fields, plates).write(folder)
    yield folder


def test_the_plates_of_a_farm_are_made_again(farm: Path, worker: Worker) -> None:
    first, second, third = (farm / plate.file for plate in read_manifest(farm).plates)
    before = {path: path.read_bytes() for path in (first, second, third)}
    shutil.copy(third, second)
    first.unlink()
    code, lines = verify(worker, farm)
    assert code == 1 and [line["fault"] for line in lines] == ["is missing", "is a foreign plate", ""]
    assert verify(worker, farm, "--frames", "3")[0] == 0
    done = worker("plates", farm, "--device", "cpu")
    assert done.returncode == 0 and "ball_0002.exr is a foreign plate; it is made again" in done.stdout, done.stderr
    assert {path: path.read_bytes() for path in before} == before, "the same machine makes the same bytes"
    assert verify(worker, farm)[0] == 0


def test_a_farm_without_its_field(farm: Path, worker: Worker, field_file: Path, other_field: Path) -> None:
    shutil.copy(other_field, farm.parent / "ball.stp")
    (farm / read_manifest(farm).plates[0].file).unlink()
    done = worker("plates", farm)
    assert done.returncode == 1 and "was baked again" in done.stderr and "--field" in done.stderr
    assert worker("plates", farm, "--device", "cpu", "--field", field_file).returncode == 0
    (farm / "manifest.json").write_text('{"format": 9}', encoding="utf-8")
    assert "format 9" in worker("plates", farm).stderr
    assert worker("plates", farm, "--frames", "1-x").returncode == 2


def test_frames_as_texts() -> None:
    assert read_frames("1-3, 7") == [1, 2, 3, 7] and frame_chunks([1, 2, 3, 4, 5], 2) == ["1-2", "3-4", "5"]
    assert frame_chunks([1, 3, 5], 5) == ["1,3,5"]
    with pytest.raises(ValueError):
        read_frames("one")
    with pytest.raises(UserError, match="no file"):
        read_manifest(Path("/nowhere"))


def moved(camera: Camera, by: float) -> Camera:
    """A camera, tenths of a unit to its right."""
    matrix = camera.camera_to_world
    matrix[:3, 3] += 0.1 * by * matrix[:3, 0]
    return replace(camera, matrix=tuple(matrix.flatten().tolist()))


def test_layers_are_compared_as_well(serving: Serving, worker: Worker, field_file: Path, tmp_path: Path) -> None:
    plain = asked(1, field_file, tmp_path)
    # The camera travels, as so young a bake hardly shows that things do.
    before, after = (Instant(moved(plain.camera, by), plain.field_to_scene, 2.5 + by) for by in (-1.0, 1.0))
    layers = PlateLayers(tuple(Layer), "Ball", before, after)
    wanted = replace(plain, layers=layers)
    (good,) = make(serving, replace(wanted, path=str(tmp_path / plate_name(wanted))))
    faded = replace(wanted, fade=0.25)
    (thin,) = make(serving, replace(faded, path=str(tmp_path / plate_name(faded))))
    code, lines = verify(worker, good, thin, "--field", field_file)
    assert code == 0 and [line["layers"] for line in lines] == [1, 1]
    plate, rest = read_plate(good), read_plate(thin)
    np.testing.assert_allclose(rest.rgba, plate.rgba / 4, atol=1e-3)
    np.testing.assert_array_equal(rest.depth, plate.depth)
    coverage = "CryptoObject00.G"
    np.testing.assert_allclose(rest.layers[coverage], plate.layers[coverage] / 4, atol=VISIBLE_ALPHA)
    # Something is there to be compared.
    assert plate.layers["Confidence.Z"].max() > 0.5 and np.abs(plate.layers["Vector.X"]).max() > 1
    other = {name: values + 0.5 * (name == "Vector.W") for name, values in plate.layers.items()}
    write_plate(good, plate.rgba, plate.depth, plate.metadata, layers=Layers(other, {}))
    code, lines = verify(worker, good, "--field", field_file)
    assert code == 1 and "carries other layers" in lines[0]["fault"]
    write_plate(good, plate.rgba, plate.depth, plate.metadata)
    assert "lacks the layers Position.X" in verify(worker, good, "--field", field_file)[1][0]["fault"]


def test_layers_in_a_shell(worker: Worker, field_file: Path, capture: Path, tmp_path: Path) -> None:
    """Vectors go to the pictures before and after; PNG carries nothing."""
    words = ("render", field_file, "--cameras", capture, "-o", tmp_path, "--size", "48x36", "--device", "cpu")
    done = worker(*words, "--format", "exr", "--layers", "vector,confidence", "--deep")
    assert done.returncode == 0, done.stderr
    pictures = [path for path in sorted(tmp_path.glob("*.exr")) if not path.name.endswith(".deep.exr")]
    assert all(deep_file(path).is_file() for path in pictures)
    first, second, *_, last = (read_plate(path).layers for path in pictures)
    assert set(second) == {*(f"Vector.{letter}" for letter in "XYZW"), "Confidence.Z"}
    assert np.abs(first["Vector.X"]).max() == 0 == np.abs(last["Vector.Z"]).max()
    assert np.abs(second["Vector.X"]).max() > 1 < np.abs(second["Vector.Z"]).max()
    assert worker(*words, "--layers", "all").returncode == 1
    assert "layers are position" in worker(*words, "--layers", "colour").stderr
