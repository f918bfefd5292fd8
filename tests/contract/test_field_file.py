"""Field files as host and worker read them: each tensor checked alone, and files of before still read."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save

from bake.contract.errors import UserError
from bake.contract.field_file import (
    METADATA_KEY,
    TENSORS_KEY,
    FieldHeader,
    FieldTensors,
    read_cameras,
    read_header,
    read_occupancy,
)
from bake.field.storage import load_field, save_field
from tests.field.test_field import rough_field

CAMERAS = {
    "cameras.matrix": torch.arange(48, dtype=torch.float64).view(3, 16),
    "cameras.intrinsics": torch.ones(3, 6, dtype=torch.float64),
    "cameras.shot_frame": torch.tensor([0.0, 4.0, 9.0], dtype=torch.float64),
}


def save_rough(path: Path) -> FieldHeader:
    field = rough_field()
    torch.nn.init.uniform_(field.occupancy.density, 0, 0.13)
    bounds = (field.config.low, field.config.high)
    return save_field(path, field, FieldHeader("ball", 24.0, 0, 9, 10, bounds, False, training={"seed": 3}), CAMERAS)


def write_as_format_2(path: Path, source: Path) -> FieldHeader:
    """What the software before wrote: one tensor of all the occupancy, and one hash over everything."""
    field, header = load_field(source, "cpu"), read_header(source)
    tensors = {f"field.{name}": value.contiguous() for name, value in field.state_dict().items()} | CAMERAS
    digest = hashlib.sha256(json.dumps(asdict(replace(header, content_hash="")), sort_keys=True).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    header = replace(header, content_hash=digest.hexdigest())
    document = json.dumps({"format_version": 2, **asdict(header)}, sort_keys=True)
    path.write_bytes(save(tensors, {METADATA_KEY: document}))
    return header


def test_a_field_file_is_safetensors_with_a_hash_for_each_tensor(tmp_path: Path) -> None:
    path, again = tmp_path / "ball.stp", tmp_path / "again.stp"
    header = save_rough(path)
    assert save_rough(again) == header and again.read_bytes() == path.read_bytes()
    assert read_header(path) == FieldTensors(path).header == header
    tensors = FieldTensors(path)
    with safe_open(path, framework="np") as opened:
        assert set(opened.keys()) == tensors.names()
        assert set(json.loads(opened.metadata()[TENSORS_KEY])["sha256"]) == tensors.names()
        for name in tensors.names():
            assert np.array_equal(opened.get_tensor(name), tensors.read(name)), name
            assert tensors.shape(name) == opened.get_tensor(name).shape


def test_a_field_file_of_format_2_is_read_and_checked(tmp_path: Path) -> None:
    path, before = tmp_path / "now.stp", tmp_path / "before.stp"
    save_rough(path)
    header = write_as_format_2(before, path)
    assert read_header(before) == header
    one, other = load_field(before, "cpu").state_dict(), load_field(path, "cpu").state_dict()
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert np.array_equal(read_cameras(before).matrices, read_cameras(path).matrices)
    assert np.array_equal(read_occupancy(before, False), read_occupancy(path, False))
    assert 0.3 < float(read_occupancy(path, False).mean()) < 0.7
    data = bytearray(before.read_bytes())
    data[-100] ^= 0x55
    before.write_bytes(data)
    with pytest.raises(UserError, match=r"before\.stp is damaged"):
        load_field(before, "cpu")


def test_damage_is_found_in_the_tensor_that_has_it(tmp_path: Path) -> None:
    path = tmp_path / "ball.stp"
    save_rough(path)
    names = sorted(FieldTensors(path).names())
    whole = path.read_bytes()
    start = 8 + struct.unpack("<Q", whole[:8])[0]
    entries = json.loads(whole[8:start])
    for name in names:
        last = start + entries[name]["data_offsets"][1]
        path.write_bytes(whole[: last - 1] + bytes([whole[last - 1] ^ 1]) + whole[last:])
        tensors = FieldTensors(path)
        with pytest.raises(UserError, match=rf"ball\.stp is damaged: {name}") as found:
            tensors.read(name)
        assert "bake the shot again" in found.value.hint
        other = names[(names.index(name) + 1) % len(names)]
        assert tensors.read(other).shape == tensors.shape(other)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (b'\\"seed\\": 3', b'\\"seed\\": 4', "its header does not match its hash"),
        (b'"stored\\":{}', b'"stored\\":[]', "its header does not match its hash"),
        (b'"F32","shape":[16,64]', b'"F32","shape":[64,16]', "does not match its hash"),
        (b"cameras.matrix", b"cameras.matrox", "its header does not match its hash"),
        (b"spacetimepilot_tensors", b"spacetimepilot_tensirs", "lacks the list"),
        (b'"field.high":{"dtype":"F32"', b'"field.high":{"dtype":"Q32"', "damaged"),
    ],
)
def test_a_header_that_was_tampered_with_is_told(tmp_path: Path, was: bytes, becomes: bytes, said: str) -> None:
    path = tmp_path / "ball.stp"
    save_rough(path)
    data = path.read_bytes()
    assert was in data
    path.write_bytes(data.replace(was, becomes, 1))
    with pytest.raises(UserError, match=said):
        load_field(path, "cpu")


def test_tensors_of_a_file_that_was_replaced_are_not_mixed(tmp_path: Path) -> None:
    path, other = tmp_path / "ball.stp", tmp_path / "other.stp"
    save_rough(path)
    tensors = FieldTensors(path)
    save_rough(other)
    other.replace(path)
    with pytest.raises(UserError, match=r"ball\.stp was replaced") as found:
        tensors.read("field.low")
    assert "Reload" in found.value.hint


def test_a_header_is_read_without_what_grows_with_the_shot(tmp_path: Path) -> None:
    path = tmp_path / "ball.stp"
    header = save_rough(path)
    data = path.read_bytes()
    text = data[8 : 8 + struct.unpack("<Q", data[:8])[0]]
    behind = text.index(TENSORS_KEY.encode())
    path.write_bytes(data[: 8 + behind] + b"\xff" * (len(data) - 8 - behind))
    assert read_header(path) == header
    with pytest.raises(UserError, match="damaged"):
        FieldTensors(path)
