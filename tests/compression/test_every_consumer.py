"""A compressed field in the place of the field: whatever is made of fields is made of it, and shows nearly the same.

Each file is made twice by one worker, of the field and of the compressed field, with the same request.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bake.contract.camera import Camera, Projection
from bake.contract.compression import Compression
from bake.contract.errors import UserError
from bake.contract.farm_folder import FarmField, FarmPlate, Manifest, read_manifest
from bake.contract.field_file import FieldTensors, read_header
from bake.contract.instant import Instant
from bake.contract.messages import (
    Done,
    EnvironmentRequest,
    FilterShape,
    MeshRequest,
    NativeSurfaces,
    PictureRequest,
    PixelFilter,
    PlateRequest,
    Quality,
    Request,
    StandInRequest,
    SurfelsRequest,
    VolumeRequest,
    encode,
)
from bake.contract.native_file import gathered, write_native
from bake.contract.picture_budget import Budget
from bake.contract.plate import plate_name
from bake.contract.plate_layers import Layer, PlateLayers, deep_file
from bake.contract.preview_file import PreviewPicture, Surfels, take_preview
from bake.contract.shutter import Aperture, Shutter
from bake.contract.tensor_file import read_entries
from bake.contract.volume_file import take_blocks
from bake.field.storage import load_field, open_field
from bake.render.deep import read_deep
from bake.render.environment import read_environment
from bake.render.frame import render_frame
from bake.render.mesh_file import read_mesh, read_stand_in
from bake.render.plate_file import Plate, read_plate
from tests.blender.conftest import blender, package
from tests.blender.harness import Blender
from tests.blender.test_frames import read_picture
from tests.commands.conftest import run_worker
from tests.commands.test_exact_plates import SQUARE
from tests.commands.test_serve import IDENTITY, Serving
from tests.compression.conftest import FRAMES, Pair
from tests.footage.making import orbit

__all__ = ["blender", "package"]
JOIN = (FRAMES - 1) / 2
"""The shot frame at which the second segment begins."""
SIZE = 40
WHEN = 40.25
EDGE = 0.07
"""Of a mesh's voxels, capture units."""


def seen_from(turn: float, **changes: Any) -> Camera:
    """A camera on the circle of the footage's, so many of its frames around."""
    pose = tuple(orbit(turn, FRAMES).ravel().tolist())  # type: ignore[arg-type]
    return replace(Camera(SIZE, SIZE, 48.0, 48.0, SIZE / 2, SIZE / 2, pose, near=0.1, far=20.0), **changes)


def plate(field: Path, path: Path) -> PlateRequest:
    content = read_header(field).content_hash
    return PlateRequest(1, str(field), content, seen_from(44), IDENTITY, WHEN, Quality.STANDARD, str(path))


def layered(field: Path, path: Path) -> PlateRequest:
    before, after = (Instant(seen_from(44 + step), IDENTITY, WHEN + step) for step in (-1, 1))
    return replace(plate(field, path), layers=PlateLayers(tuple(Layer), "Ball", before, after, deep=True))


def blurred(field: Path, path: Path) -> PlateRequest:
    shutter = Shutter(tuple(Instant(seen_from(44 + step), IDENTITY, WHEN + step) for step in (-1, -0.5, 0, 0.5, 1)))
    return replace(plate(field, path), shutter=shutter, aperture=Aperture(0.05, 4.0))


def exact(field: Path, path: Path) -> PlateRequest:
    """A square cuts through the ball's middle."""
    meshes = gathered([SQUARE], [(0, np.eye(4))])
    file = path.with_suffix(".native.npz")
    write_native(file, meshes)
    native = NativeSurfaces(str(file), meshes.content, PixelFilter(FilterShape.BLACKMAN_HARRIS, 1.5))
    return replace(plate(field, path), native=native)


def around(field: Path, path: Path) -> PlateRequest:
    return replace(plate(field, path), camera=seen_from(44, projection=Projection.EQUIRECTANGULAR))


def exposed(field: Path, path: Path) -> PlateRequest:
    return replace(plate(field, path), exposure_of=WHEN, exposure=0.5, crop=((-1, -1, -1), (0, 1, 1)), fade=0.5)


def surroundings(field: Path, path: Path) -> PlateRequest:
    """From a cube of native things in front of the ball."""
    return EnvironmentRequest(**vars(replace(plate(field, path), camera=seen_from(44, height=SIZE // 2))))


def picture(field: Path, path: Path) -> PlateRequest:
    return PictureRequest(**vars(plate(field, path)), budget=Budget(10.0))


def surfels(field: Path, path: Path) -> SurfelsRequest:
    return SurfelsRequest(1, str(field), read_header(field).content_hash, WHEN, 1, str(path))


def volume(field: Path, path: Path) -> VolumeRequest:
    return VolumeRequest(1, str(field), read_header(field).content_hash, WHEN, 48, str(path), speed=1.0)


def mesh(field: Path, path: Path) -> MeshRequest:
    return MeshRequest(1, str(field), read_header(field).content_hash, WHEN, 32, str(path))


def stand_in(field: Path, path: Path) -> StandInRequest:
    return StandInRequest(**vars(mesh(field, path)))


def nearly(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two pictures are alike: their difference has less than a fiftieth of the light's power, and is there."""
    power = [float(np.mean(np.square(values.astype(np.float64)))) for values in (one, one - other)]
    return 0 < power[1] < power[0] / 50


def alike_plates(one: Path, other: Path) -> None:
    a, b = read_plate(one), read_plate(other)
    assert a.rgba[..., 3].max() > 0.45 and nearly(a.rgba, b.rgba)
    solid = solid_in(a, b)
    assert np.quantile(np.abs(a.depth - b.depth)[solid], 0.9) < 0.15


def solid_in(*plates: Plate) -> np.ndarray:
    """(H, W) where all of them stop nearly as much light as anywhere."""
    solid = np.all([own.rgba[..., 3] > 0.9 * own.rgba[..., 3].max() for own in plates], axis=0)
    assert solid.sum() > 50
    return np.asarray(solid)


def alike_layers(one: Path, other: Path) -> None:
    alike_plates(one, other)
    a, b = read_plate(one), read_plate(other)
    solid = solid_in(a, b)
    assert a.layers.keys() == b.layers.keys() and len(a.layers) > 12
    for name, most in (("Position", 0.03), ("Vector", 0.05)):
        for channel in (channel for channel in a.layers if channel.startswith(f"{name}.")):
            assert np.median(np.abs(a.layers[channel] - b.layers[channel])[solid]) < most, channel
    facing = sum((a.layers[f"Normal.{axis}"] * b.layers[f"Normal.{axis}"])[solid] for axis in "XYZ")
    assert np.median(facing) > 0.9
    for channel in ("CryptoObject00.G", "Moving.Z", "Confidence.Z"):
        assert np.abs(a.layers[channel] - b.layers[channel])[solid].mean() < 0.1, channel
    np.testing.assert_array_equal(*(own.layers["CryptoObject00.R"][solid] for own in (a, b)))
    deep = [read_deep(deep_file(path)) for path in (one, other)]
    assert all(len(own.values) > 500 for own in deep)


def alike_surroundings(one: Path, other: Path) -> None:
    a, b = read_environment(one), read_environment(other)
    assert a[..., 3].max() > 0.9 and nearly(a, b)


def alike_pictures(one: Path, other: Path) -> None:
    a, b = take_preview(one), take_preview(other)
    assert isinstance(a, PreviewPicture) and isinstance(b, PreviewPicture)
    assert nearly(a.rgba, b.rgba)


def alike_surfels(one: Path, other: Path) -> None:
    a, b = take_preview(one), take_preview(other)
    assert isinstance(a, Surfels) and isinstance(b, Surfels) and len(b.centres) > 50
    # What is hidden may be gone; the radius is that of a cell, the same in both.
    assert gap(b.centres, a.centres) < 2 * a.radii.max()


def alike_volumes(one: Path, other: Path) -> None:
    a, b = take_blocks(one), take_blocks(other)
    blocks = [{tuple(origin) for origin in own.origins.tolist()} for own in (a, b)]
    assert len(blocks[1]) > 8 and len(blocks[0] ^ blocks[1]) < 0.4 * len(blocks[0])
    assert 0.6 * a.density.sum() < b.density.sum() < 1.3 * a.density.sum()
    colours = [own.emission.sum(axis=(0, 1, 2, 3)) / own.density.sum() for own in (a, b)]
    np.testing.assert_allclose(colours[1], colours[0], atol=0.08)
    assert len(b.velocity) > 0.5 * len(a.velocity) > 0


def alike_meshes(one: Path, other: Path) -> None:
    a, b = read_mesh(one), read_mesh(other)
    assert max(gap(a.points, b.points), gap(b.points, a.points)) < EDGE
    np.testing.assert_allclose(a.colours.mean(axis=0), b.colours.mean(axis=0), atol=12)


def alike_stand_ins(one: Path, other: Path) -> None:
    a, b = read_stand_in(one), read_stand_in(other)
    assert max(gap(a.points, b.points), gap(b.points, a.points)) < EDGE
    np.testing.assert_allclose(a.light.mean(axis=0), b.light.mean(axis=0), atol=0.08)


def gap(these: np.ndarray, those: np.ndarray) -> float:
    """How far nine of ten points are at most from the others."""
    away = torch.cdist(torch.tensor(these), torch.tensor(those)).amin(dim=1)
    return float(away.quantile(0.9))


@dataclass(frozen=True)
class Consumer:
    """What is asked for, and what the two files must have in common."""

    asked: Callable[[Path, Path], Request]
    suffix: str
    alike: Callable[[Path, Path], None]


CONSUMERS = {
    "layers": Consumer(layered, ".exr", alike_layers),
    "blurred": Consumer(blurred, ".exr", alike_plates),
    "exact": Consumer(exact, ".exr", alike_plates),
    "panorama": Consumer(around, ".exr", alike_plates),
    "exposed": Consumer(exposed, ".exr", alike_plates),
    "surroundings": Consumer(surroundings, ".exr", alike_surroundings),
    "mesh": Consumer(mesh, ".ply", alike_meshes),
    "stand-in": Consumer(stand_in, ".ply", alike_stand_ins),
    "picture": Consumer(picture, ".npz", alike_pictures),
    "surfels": Consumer(surfels, ".npz", alike_surfels),
    "volume": Consumer(volume, ".npz", alike_volumes),
}


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """A worker that has less room for what grows with a shot than either field has of it."""
    worker = Serving(None, "--field-memory", "16")
    worker.next()
    yield worker
    worker.process.kill()
    worker.process.wait()


Files = dict[str, tuple[Path, Path]]


@pytest.fixture(scope="module")
def files(pair: Pair, serving: Serving, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """By consumer, what is made of the field and what is made of the compressed one."""
    full, small = tmp_path_factory.mktemp("full"), tmp_path_factory.mktemp("small")
    made = {name: (full / f"{name}{one.suffix}", small / f"{name}{one.suffix}") for name, one in CONSUMERS.items()}
    for name, paths in made.items():
        for field, path in zip((pair.full, pair.small), paths, strict=True):
            asked = CONSUMERS[name].asked(field, path)
            serving.send(asked)
            assert serving.next() == Done(asked.path, id=asked.id), name
    return made


@pytest.mark.parametrize("name", CONSUMERS)
def test_it_shows_nearly_the_same(name: str, files: Files) -> None:
    CONSUMERS[name].alike(*files[name])


def test_what_is_made_of_it_is_verified(pair: Pair, files: Files) -> None:
    """Files of the field itself are not taken for its own. Volumes are verified in Blender, which writes them."""
    own = [paths[1] for paths in files.values() if paths[1].suffix in (".exr", ".ply")]
    own.append(deep_file(files["layers"][1]))
    others = [files["blurred"][0], files["mesh"][0]]
    done = run_worker("verify", *own, *others, "--field", pair.small, "--device", "cpu", "--json")
    told = {Path(line["plate"]): line for line in map(json.loads, done.stdout.splitlines()) if "plate" in line}
    assert [told[path]["fault"] for path in own] == [""] * 9, told
    assert told[files["layers"][1]]["layers"] == 1
    assert all("was baked again" in told[path]["fault"] for path in others) and done.returncode == 1


def test_plates_of_a_farm_are_made_again(pair: Pair, serving: Serving, tmp_path: Path) -> None:
    asked = blurred(pair.small, tmp_path / "plate.exr")
    name, content = plate_name(asked), asked.content_hash
    row = FarmPlate(1, "ball", "plate.exr", "0" * 64, Path(name).stem, content, WHEN, request=encode(asked))
    fields = {"ball": FarmField(str(pair.small), content, "ball")}
    Manifest("shot.blend", "Scene", [1], fields, [row]).write(tmp_path)
    done = run_worker("plates", tmp_path, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    served = tmp_path / "served.exr"
    serving.send(replace(asked, path=str(served)))
    assert serving.next() == Done(str(served), id=1)
    assert served.read_bytes() == (tmp_path / "plate.exr").read_bytes()


def test_in_a_shell(pair: Pair, tmp_path: Path) -> None:
    """Pictures of all frames with all they may carry, the figures and the report."""
    small = Path(shutil.copy(pair.small, tmp_path / "ball.stp"))
    words = ("--layers", "normal,vector,mattes,confidence", "--deep", "--format", "exr", "--device", "cpu")
    done = run_worker("render", small, "--cameras", pair.truth, "-o", tmp_path / "out", *words)
    assert done.returncode == 0, done.stderr
    plates = [path for path in sorted((tmp_path / "out").glob("*.exr")) if deep_file(path).is_file()]
    assert len(plates) == 3 and all(read_plate(path).rgba[..., 3].max() > 0.9 for path in plates)
    figures = []
    for field in (pair.full, small):
        done = run_worker("evaluate", field, "--footage", pair.truth, "--device", "cpu", "--json")
        assert done.returncode == 0, done.stderr
        figures.append(json.loads(done.stdout.splitlines()[-1])["psnr"])
    assert figures[0] > 15 and figures[1] > figures[0] - 1.5, figures
    done = run_worker("report", small, pair.capture, "--test", pair.truth, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    told = Compression.from_training(read_header(small).training)
    assert told is not None
    page = (tmp_path / "ball.report.html").read_text(encoding="utf-8")
    info = run_worker("info", small).stdout
    assert told.sentence in page and told.sentence in info and "0 to 119" in info


def test_it_streams_to_the_last_bit(pair: Pair, tmp_path: Path) -> None:
    """With room for some of its segments and parts, which are unpacked as the playhead comes to them."""
    names = FieldTensors(pair.small).names()
    assert {f"field.planes.time.1.segments.{number}" for number in range(2)} < names
    assert sum(name.startswith("field.occupancy.density.") for name in names) == 16
    whole, streamed = load_field(pair.small, "cpu"), open_field(pair.small, "cpu", 2 * 2**20)
    for when in (3.0, 100.0, JOIN - 0.01, JOIN, JOIN + 0.5, 3.0, FRAMES - 1.0):
        one, other = (render_frame(field, seen_from(when), when) for field in (whole, streamed))
        assert one.rgba[..., 3].max() > 0.9
        assert np.array_equal(one.rgba, other.rgba) and np.array_equal(one.depth, other.depth)
    held: Any = streamed.occupancy
    assert held.held_tensors.size <= 2 * 2**20 and len(held.held_tensors.names()) < 16
    assert_damage_is_told(pair.small, tmp_path / "damaged.stp")


def assert_damage_is_told(field: Path, copy: Path) -> None:
    """Of one packed segment, when it is reached; other instants still show."""
    with field.open("rb") as stream:
        _, entries = read_entries(stream)
    data = bytearray(field.read_bytes())
    data[entries["field.planes.time.1.segments.1"].first + 40] ^= 0x10
    copy.write_bytes(data)
    streamed = open_field(copy, "cpu", 2 * 2**20)
    assert render_frame(streamed, seen_from(3), 3.0).rgba[..., 3].max() > 0.9
    with pytest.raises(UserError, match=r"damaged: field\.planes\.time\.1\.segments\.1"):
        render_frame(streamed, seen_from(100), 100.0)


def test_in_blender(blender: Blender, pair: Pair, tmp_path: Path) -> None:
    """A frame with a native card in the ball, blurred by motion; then what lights, shows and stands in, on a farm."""
    done = blender.run("compressed", tmp_path, pair.full, pair.small, timeout=400)
    found = done.values
    one, other = (read_picture(Path(path)) for path in found["pictures"])
    assert (one[..., 3] > 0.9).sum() > 100 and nearly(one, other)
    coverage, sizes = zip(*found["told"], strict=True)
    assert coverage[0] == coverage[1] and "degrees" in coverage[0]
    assert all("MB" in size for size in sizes)
    assert found["compression"] == Compression.from_training(read_header(pair.small).training).sentence  # type: ignore[union-attr]
    assert found["codes"] == [0, 0], done.stdout + done.stderr
    farm = read_manifest(tmp_path / "shot_farm")
    assert len(farm.plates) == len(farm.deep) == len(farm.volumes) == 1
    assert {Path(row.file).suffix for row in farm.light} == {".ply", ".exr"}
    assert "files are good" in done.stdout and "WRONG" not in done.stdout
