"""`compress`, from the command line to pictures of the smaller field."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bake.contract.compression import Compression
from bake.contract.field_file import read_cameras, read_header, read_occupancy
from bake.field.storage import load_field
from bake.render.frame import render_frame
from bake.render.metrics import psnr
from tests.commands.conftest import Worker
from tests.footage.making import make_capture


@pytest.fixture(scope="module")
def small(field_file: Path, worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "small.stp"
    done = worker("compress", field_file, "-o", path, "--steps", 30, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert "PSNR, dB" in done.stdout and "the original field" in done.stdout, done.stdout
    return path


def test_compressed_field_is_small_and_looks_like_the_original(field_file: Path, small: Path, capture: Path) -> None:
    assert small.stat().st_size * 8 < field_file.stat().st_size
    original, compressed = load_field(field_file, "cpu"), load_field(small, "cpu")
    assert compressed.config.hidden_units == (45, 45, 45, 45)
    cameras = read_cameras(small)
    assert np.array_equal(cameras.matrices, read_cameras(field_file).matrices)
    assert read_occupancy(small, opaque=False).shape == read_occupancy(field_file, opaque=False).shape
    from bake.footage import read_shot

    frame = read_shot(capture).frames[3]
    one, two = (render_frame(field, frame.camera, frame.shot_frame).rgba for field in (original, compressed))
    assert one[..., 3].max() > 0.5
    assert psnr(two, one) > 22 > psnr(np.zeros_like(one), one) + 10


def test_header_tells_what_was_done(field_file: Path, small: Path, worker: Worker) -> None:
    header = read_header(small)
    found = Compression.from_training(header.training)
    assert found is not None
    assert found.of == read_header(field_file).content_hash != header.content_hash
    assert (found.teacher, found.compared, found.steps, found.eight_bits) == ("field", "field", 30, True)
    assert abs(found.after.bytes - small.stat().st_size) < 4096 and found.before.bytes == field_file.stat().st_size
    told = worker("info", small)
    assert "Compressed" in told.stdout and found.of in told.stdout
    assert json.loads(worker("info", small, "--json").stdout)["training"]["compression"]["of"] == found.of


def test_footage_teaches_and_equal_seeds_give_equal_files(
    field_file: Path, capture: Path, worker: Worker, tmp_path: Path
) -> None:
    hashes = []
    for name in ("one.stp", "two.stp"):
        words = ("--footage", capture, "--steps", 3, "--device", "cpu", "--keep-floats", "--full-sampling")
        done = worker("compress", field_file, "-o", tmp_path / name, *words)
        assert done.returncode == 0, done.stderr
        field = load_field(tmp_path / name, "cpu")
        hashes.append([value.numpy().tobytes() for value in field.state_dict().values()])
    assert hashes[0] == hashes[1]
    found = Compression.from_training(read_header(tmp_path / "one.stp").training)
    assert found is not None
    assert (found.teacher, found.compared, found.samples, found.cells) == ("footage", "footage", 1.0, 1.0)


def test_what_cannot_be_compressed_is_told(
    field_file: Path, small: Path, capture: Path, worker: Worker, tmp_path: Path
) -> None:
    other = make_capture(tmp_path / "other", count=6, size=(24, 18))
    output = tmp_path / "out.stp"
    for words, sentence in (
        ((capture, "-o", output), "not a field file"),
        ((field_file, "-o", field_file), "The output is the field itself."),
        ((field_file, "-o", tmp_path / "out.zip"), "does not end in .stp"),
        ((small, "-o", output), "is compressed already"),
        ((field_file, "-o", output, "--footage", other), "This is footage of another shot"),
        ((field_file, "-o", output, "--report"), "Add --footage."),
    ):
        done = worker("compress", *words, "--steps", 2)
        assert done.returncode == 1 and sentence in done.stderr, done.stderr
    assert not output.exists()
