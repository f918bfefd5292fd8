"""The seal of a plate: what is whole is known without reading OpenEXR, and so is everything that is not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from bake.contract.plate import SEAL_LENGTH, SEAL_MAGIC, is_whole, seal
from bake.render.plate_file import read_plate, write_plate


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """A plate as the worker writes it."""
    random = np.random.default_rng(0).random((18, 32, 4), dtype=np.float32)
    path = tmp_path / "plate.exr"
    write_plate(path, random, random[..., 0], {})
    return path


def test_what_the_worker_writes_is_sealed(plate: Path) -> None:
    data = plate.read_bytes()
    assert is_whole(plate)
    assert data[-SEAL_LENGTH:] == SEAL_MAGIC + hashlib.sha256(data[:-SEAL_LENGTH]).digest()


def test_the_seal_does_not_change_the_picture(plate: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.exr"
    bare.write_bytes(plate.read_bytes()[:-SEAL_LENGTH])
    sealed, unsealed = read_plate(plate), read_plate(bare)
    np.testing.assert_array_equal(sealed.rgba, unsealed.rgba)
    np.testing.assert_array_equal(sealed.depth, unsealed.depth)


def test_every_cut_is_noticed(plate: Path) -> None:
    data = plate.read_bytes()
    for length in [0, 1, 39, 40, 41, *range(100, len(data), len(data) // 9), len(data) - 40, len(data) - 1]:
        plate.write_bytes(data[:length])
        assert not is_whole(plate), length
    plate.write_bytes(data + b"\0")
    assert not is_whole(plate)


def test_every_turned_bit_is_noticed(plate: Path) -> None:
    data = plate.read_bytes()
    for place in [0, 7, *range(100, len(data), len(data) // 9), len(data) - 40, len(data) - 33, len(data) - 1]:
        turned = bytearray(data)
        turned[place] ^= 1 << place % 8
        plate.write_bytes(turned)
        assert not is_whole(plate), place


def test_other_files_are_not_whole(plate: Path, tmp_path: Path) -> None:
    bare = plate.read_bytes()[:-SEAL_LENGTH]
    for content in (b"", b"garbage" * 100, bare, bare + bytes(40), SEAL_MAGIC + hashlib.sha256(b"").digest()):
        plate.write_bytes(content)
        assert not is_whole(plate)
    assert not is_whole(tmp_path / "absent.exr") and not is_whole(tmp_path)


def test_a_file_larger_than_what_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "large.exr"
    data = np.random.default_rng(0).bytes(3_000_001)
    path.write_bytes(data)
    seal(path)
    assert is_whole(path) and path.read_bytes() == data + SEAL_MAGIC + hashlib.sha256(data).digest()
