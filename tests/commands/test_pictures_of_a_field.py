"""info, render and evaluate on a field that was really baked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bake.contract.plate import EMPTY_DEPTH
from bake.render.images import straight_srgb
from bake.render.metrics import compare, over
from bake.render.plate_file import read_plate
from tests.commands.conftest import Worker
from tests.footage.making import edited, make_capture, orbit, write


def test_info(worker: Worker, field_file: Path) -> None:
    done = worker("info", field_file)
    assert done.returncode == 0 and "0 to 7" in done.stdout and "24 frames a second" in done.stdout
    document = json.loads(worker("info", field_file, "--json").stdout)
    assert (document["frame_count"], document["opaque"], document["last_frame"]) == (8, False, 7)
    assert len(document["content_hash"]) == 64 and document["training"]["seed"] == 3


def test_evaluate(worker: Worker, field_file: Path, capture: Path) -> None:
    done = worker("evaluate", field_file, "--footage", capture, "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["type"] for line in lines[:-1]} == {"progress"}
    found = lines[-1]
    assert found.keys() >= {"psnr", "ssim", "flip", "ms_per_frame", "frames"} and found["background"] == "white"
    assert [frame["shot_frame"] for frame in found["frames"]] == list(range(8))
    for key in ("psnr", "ssim", "flip"):
        assert found[key] == pytest.approx(np.mean([frame[key] for frame in found["frames"]]))
    assert found["psnr"] > 12 and 0 < found["ssim"] <= 1 and 0 < found["flip"] < 1
    assert "mean" in worker("evaluate", field_file, "--footage", capture).stdout


def test_figures_know_their_scale() -> None:
    random = np.random.default_rng(0)
    truth = random.random((32, 48, 3), dtype=np.float32)
    same = compare(truth, truth)
    assert (same.psnr, same.flip) == (100, 0) and same.ssim == pytest.approx(1)
    off = compare(np.clip(truth + np.float32(0.1), 0, 2), truth)
    assert off.psnr == pytest.approx(20, abs=1e-3) and off.flip > 0.01
    rgba = np.array([[[1, 0, 0, 0.25]]], dtype=np.float32)
    np.testing.assert_allclose(over(rgba, 1.0), [[[1, 0.75, 0.75]]])


def test_png_and_exr_are_of_one_picture(worker: Worker, field_file: Path, capture: Path, tmp_path: Path) -> None:
    for kind in ("png", "exr"):
        done = worker("render", field_file, "--cameras", capture, "-o", tmp_path / kind, "--format", kind)
        assert done.returncode == 0, done.stderr
        assert sorted(path.name for path in (tmp_path / kind).iterdir()) == [f"{n:04d}.{kind}" for n in range(8)]
    plate = read_plate(tmp_path / "exr/0003.exr")
    picture = np.asarray(Image.open(tmp_path / "png/0003.png"), dtype=np.float32) / 255
    assert picture.shape == (36, 48, 4)
    seen = picture[..., 3] > 0.05
    np.testing.assert_allclose(straight_srgb(plate.rgba)[seen], picture[seen], atol=0.02)
    assert (plate.depth[picture[..., 3] > 0.9] < 10).all() and (plate.depth[picture[..., 3] == 0] == EMPTY_DEPTH).all()
    assert float(plate.metadata["shot_frame"]) == 3 and len(plate.metadata["field"]) == 64
    assert json.loads(plate.metadata["camera"])["width"] == 48


def test_the_exposure_of_a_frame(worker: Worker, field_file: Path, capture: Path, tmp_path: Path) -> None:
    for name, of in (("default", ()), ("neutral", ("neutral",)), ("frame", ("2",))):
        words = ("--exposure-of", *of) if of else ()
        done = worker("render", field_file, "--cameras", capture, "-o", tmp_path / name, "--format", "exr", *words)
        assert done.returncode == 0, done.stderr
    default, neutral, frame = (read_plate(tmp_path / f"{n}/0003.exr") for n in ("default", "neutral", "frame"))
    np.testing.assert_array_equal(default.rgba, neutral.rgba)
    assert (frame.rgba[..., :3] != neutral.rgba[..., :3]).any()
    np.testing.assert_array_equal(frame.rgba[..., 3], neutral.rgba[..., 3])
    done = worker("render", field_file, "--cameras", capture, "-o", tmp_path, "--exposure-of", "bright")
    assert done.returncode == 2 and "neither a shot frame nor neutral" in done.stderr


def test_cameras_without_pictures(worker: Worker, field_file: Path, tmp_path: Path) -> None:
    frames = [
        {"transform_matrix": orbit(1, 7).tolist(), "time": 0.5},
        {"file_path": "./nowhere/shot_010", "transform_matrix": orbit(1, 7).tolist(), "shot_frame": 3.5},
        {"file_path": "b.v2.png", "transform_matrix": orbit(1, 7).tolist(), "shot_frame": 0.25},
    ]
    path = write(tmp_path / "path.json", {"camera_angle_x": 0.8, "frames": frames})
    done = worker("render", field_file, "--cameras", path, "-o", tmp_path / "out", "--size", "40x20", "--json")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0000.png", "b.v2.png", "shot_010.png"]
    pictures = {name: np.asarray(Image.open(tmp_path / f"out/{name}.png")) for name in ("0000", "shot_010", "b.v2")}
    assert pictures["0000"].shape == (20, 40, 4)
    np.testing.assert_array_equal(pictures["0000"], pictures["shot_010"])
    assert not np.array_equal(pictures["b.v2"], pictures["shot_010"])
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["type"] == "done" and last["metrics"]["pictures"] == 3


def test_names_that_would_meet_are_kept_apart(worker: Worker, field_file: Path, tmp_path: Path) -> None:
    matrix = orbit(0, 4).tolist()
    frames = [{"file_path": f"cam{n}/0001.png", "transform_matrix": matrix, "time": 0.0} for n in range(2)]
    path = write(tmp_path / "path.json", {"w": 16, "h": 16, "fl_x": 20, "frames": frames})
    worker("render", field_file, "--cameras", path, "-o", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0000_0001.png", "0001_0001.png"]


def test_everything_wrong_with_a_camera_file(worker: Worker, field_file: Path, tmp_path: Path) -> None:
    path = make_capture(tmp_path)

    def spoil(document: dict) -> None:
        document["frames"][0]["time"] = 2.5
        document["frames"][1]["transform_matrix"][0][0] = 5.0
        del document["frames"][2]["time"]

    edited(path, spoil)
    done = worker("render", field_file, "--cameras", path, "-o", tmp_path / "out")
    assert done.returncode == 1 and not (tmp_path / "out").exists()
    for words in (
        "0000.png: its time 2.5 is out of range",
        "0001.png: its matrix is not rigid",
        "0002.png: it has neither",
    ):
        assert words in done.stderr
