"""Packed tensors come back as they were, or as near as eight bits are."""

from __future__ import annotations

import numpy as np
import pytest

from bake.contract.packed_tensor import pack_eight, pack_exact, pack_log, unpack


@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (5, 4, 3)])
@pytest.mark.parametrize("kind", ["f4", "f8", "i8", "u1"])
def test_exact_is_exact(shape: tuple[int, ...], kind: str) -> None:
    array = (np.random.default_rng(1).normal(size=shape) * 100).astype(kind)
    back = unpack(*pack_exact(array))
    assert back.dtype == array.dtype and back.shape == shape and np.array_equal(back, array)


def test_eight_bits_round_to_half_a_step_of_each_row() -> None:
    sizes = np.array([1, 9, 1, 9, 0], dtype=np.float32).reshape(5, 1, 1)
    array = np.random.default_rng(2).normal(size=(5, 300, 4)).astype(np.float32) * sizes
    data, description = pack_eight(array)
    back = unpack(data, description)
    step = np.abs(array).max(axis=(1, 2), keepdims=True) / 127
    assert np.all(np.abs(back - array) <= step * 0.5001)
    assert len(data) < array.nbytes / 4


def test_logarithms_keep_nothing_as_nothing() -> None:
    array = np.exp(np.random.default_rng(3).normal(size=(8, 8, 8)) * 4).astype(np.float32)
    array[array < 1] = 0
    back = unpack(*pack_log(array))
    assert np.array_equal(back == 0, array == 0)
    assert np.allclose(back, array, rtol=0.06)
    assert np.array_equal(unpack(*pack_log(np.zeros((2, 2), np.float32))), np.zeros((2, 2)))


def test_what_does_not_unpack_is_told() -> None:
    data, description = pack_eight(np.ones((2, 3), np.float32))
    for wrong, how in ((data[:-3], {}), (data, {"shape": [2, 4]}), (data, {"packing": "zip"}), (b"", {})):
        with pytest.raises(ValueError, match=r"unpack|bytes|packing"):
            unpack(wrong, {**description, **how})
