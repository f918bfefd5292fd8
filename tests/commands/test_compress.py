"""`compress`, from the command line to pictures of the smaller field."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bake.commands.command_line import main
from bake.compression.compress import CompressSettings, compress
from bake.contract.compression import Compression
from bake.contract.field_file import read_cameras, read_header, read_occupancy
from bake.field.storage import load_field
from bake.footage import read_shot
from bake.render.frame import render_frame, tile_of
from bake.render.metrics import psnr
from tests.commands.conftest import Worker
from tests.footage.making import make_capture

Told = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def small(field_file: Path, worker: Worker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "small.stp"
    done = worker("compress", field_file, "-o", path, "--steps", 12, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert "PSNR, dB" in done.stdout and "the original field" in done.stdout, done.stdout
    return path


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """What a command line comes to in this process, which is quicker than one of its own: exit code, all it prints."""

    def run(*words: object) -> tuple[int, str]:
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            code = main([str(word) for word in words])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        return code, "".join(capsys.readouterr())

    return run


def test_compressed_field_is_small_and_looks_like_the_original(field_file: Path, small: Path, capture: Path) -> None:
    assert small.stat().st_size * 8 < field_file.stat().st_size
    original, compressed = load_field(field_file, "cpu"), load_field(small, "cpu")
    assert compressed.config.hidden_units == (45, 45, 45, 45)
    assert compressed.config.steps_share < 1 and tile_of(compressed) > tile_of(original)
    cameras = read_cameras(small)
    assert np.array_equal(cameras.matrices, read_cameras(field_file).matrices)
    assert read_occupancy(small, opaque=False).shape == read_occupancy(field_file, opaque=False).shape
    frame = read_shot(capture).frames[3]
    one, two = (render_frame(field, frame.camera, frame.shot_frame).rgba for field in (original, compressed))
    assert one[..., 3].max() > 0.5
    assert psnr(two, one) > 22 > psnr(np.zeros_like(one), one) + 10


def test_header_tells_what_was_done(field_file: Path, small: Path, told: Told) -> None:
    header = read_header(small)
    found = Compression.from_training(header.training)
    assert found is not None
    assert found.of == read_header(field_file).content_hash != header.content_hash
    assert (found.teacher, found.compared, found.steps, found.eight_bits) == ("field", "field", 12, True)
    assert abs(found.after.bytes - small.stat().st_size) < 4096 and found.before.bytes == field_file.stat().st_size
    code, text = told("info", small)
    assert code == 0 and "Compressed" in text and found.of in text
    assert json.loads(told("info", small, "--json")[1])["training"]["compression"]["of"] == found.of


def test_footage_teaches_and_equal_seeds_give_the_same(field_file: Path, capture: Path, tmp_path: Path) -> None:
    """Once kept as it is and once in eight bits, which leave the decoder alone."""
    footage = read_shot(capture)
    states = []
    for keep_floats in (True, False):
        settings = CompressSettings(keep_floats=keep_floats, full_sampling=True, steps=2, device="cpu")
        path = tmp_path / f"{keep_floats}.stp"
        found = compress(field_file, path, footage, None, settings, lambda _: None, lambda: False)
        assert (found.teacher, found.compared, found.samples, found.cells) == ("footage", "footage", 1.0, 1.0)
        states.append({name: value.numpy() for name, value in load_field(path, "cpu").state_dict().items()})
    exact, eight = states
    assert all(np.array_equal(exact[name], eight[name]) for name in exact if name.startswith("decoder."))
    table, rounded = exact["grid.table"], eight["grid.table"]
    assert 0 < np.abs(table - rounded).max() <= 0.51 * np.abs(table).max() / 127


def test_what_cannot_be_compressed_is_told(
    field_file: Path, small: Path, capture: Path, told: Told, tmp_path: Path
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
        code, text = told("compress", *words, "--steps", 2)
        assert code == 1 and sentence in text, text
    assert not output.exists()
