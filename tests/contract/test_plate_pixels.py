"""Blender's side reads plates as the worker wrote them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bake.contract.errors import UserError
from bake.contract.plate_pixels import read_pixels
from bake.render.plate_file import read_plate, write_plate


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (37, 20)])
@pytest.mark.parametrize("smooth", [True, False])
def test_the_same_pixels_by_both_readers(tmp_path: Path, size: tuple[int, int], smooth: bool) -> None:
    random = np.random.default_rng(0)
    rgba = np.full((*size, 4), 0.25, np.float32) if smooth else random.random((*size, 4), dtype=np.float32)
    depth = np.linspace(1, 9, size[0] * size[1], dtype=np.float32).reshape(size)
    write_plate(tmp_path / "plate.exr", rgba, depth if smooth else random.random(size, dtype=np.float32), {"a": "b"})
    plate, found = read_plate(tmp_path / "plate.exr"), read_pixels(tmp_path / "plate.exr")
    np.testing.assert_array_equal(found["Depth.Z"], plate.depth)
    for number, channel in enumerate("RGBA"):
        np.testing.assert_array_equal(found[f"Field.{channel}"], plate.rgba[..., number])


def test_what_is_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "plate.exr"
    write_plate(path, np.ones((8, 8, 4), np.float32), np.ones((8, 8), np.float32), {})
    whole = path.read_bytes()
    for broken in (b"", whole[:200], whole[:-80], b"\0" * 400):
        path.write_bytes(broken)
        with pytest.raises(UserError, match="is damaged, or no plate"):
            read_pixels(path)
    with pytest.raises(UserError, match="There is no plate"):
        read_pixels(tmp_path / "none.exr")
