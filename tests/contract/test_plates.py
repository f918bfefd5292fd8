"""Plates on disk: exact, recognisably damaged when damaged, and readable by Blender itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bake.contract.colour import linear_to_srgb, srgb_to_linear
from bake.contract.errors import UserError
from bake.contract.files import written_aside
from bake.contract.plate import EMPTY_DEPTH, SEAL_LENGTH
from bake.render.images import straight_srgb, write_png
from bake.render.plate_file import read_plate, write_plate
from tests.footage.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[2]


def picture() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    alpha = random.random((18, 32, 1), dtype=np.float32)
    rgba = np.concatenate([random.random((18, 32, 3), dtype=np.float32) * alpha, alpha], axis=2)
    depth = random.random((18, 32), dtype=np.float32) * 1e4
    depth[0] = EMPTY_DEPTH
    return rgba, depth


def test_round_trip(tmp_path: Path) -> None:
    rgba, depth = picture()
    write_plate(tmp_path / "new/plate.exr", rgba, depth, {"field": "abc", "shot_frame": "12.5"})
    plate = read_plate(tmp_path / "new/plate.exr")
    np.testing.assert_array_equal(plate.rgba, rgba.astype(np.float16))
    np.testing.assert_array_equal(plate.depth, depth)
    assert plate.metadata == {"field": "abc", "shot_frame": "12.5"}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["plate.exr"]


def test_light_beyond_half_is_clipped_not_infinite(tmp_path: Path) -> None:
    rgba, depth = picture()
    rgba[3, 4, 0] = 1e9
    write_plate(tmp_path / "plate.exr", rgba, depth, {})
    assert read_plate(tmp_path / "plate.exr").rgba[3, 4, 0] == 65504


def test_every_cut_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "plate.exr"
    write_plate(path, *picture(), {})
    whole = path.read_bytes()[:-SEAL_LENGTH]
    for length in [0, 3, 100, *range(400, len(whole), len(whole) // 7), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="damaged or cut short"):
            read_plate(path)


def test_other_files_are_no_plates(tmp_path: Path) -> None:
    import OpenEXR

    with pytest.raises(UserError, match="There is no plate"):
        read_plate(tmp_path / "absent.exr")
    (tmp_path / "text.exr").write_text("no picture", encoding="utf-8")
    with pytest.raises(UserError, match="damaged"):
        read_plate(tmp_path / "text.exr")
    OpenEXR.File({}, {"RGB": np.zeros((4, 4, 3), dtype=np.float32)}).write(str(tmp_path / "other.exr"))
    with pytest.raises(UserError, match="not a plate"):
        read_plate(tmp_path / "other.exr")


_IN_BLENDER = """
import bpy, sys
plate, out = sys.argv[-2:]
scene = bpy.context.scene
scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 32, 18, 100
scene.render.engine, scene.cycles.samples = "CYCLES", 1
if bpy.app.version >= (5, 0, 0):
    tree = bpy.data.node_groups.new("C", "CompositorNodeTree")
    tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    target = tree.nodes.new("NodeGroupOutput").inputs[0]
    scene.compositing_node_group = tree
else:
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
    target = tree.nodes.new("CompositorNodeComposite").inputs[0]
tree.nodes.new("CompositorNodeRLayers")
node = tree.nodes.new("CompositorNodeImage")
node.image = bpy.data.images.load(plate)
settings = scene.render.image_settings
settings.file_format, settings.color_mode, settings.color_depth = "OPEN_EXR", "RGBA", "32"
for socket in ("Field", "Depth"):
    tree.links.new(node.outputs[socket], target)
    scene.render.filepath = out + socket + ".exr"
    bpy.ops.render.render(write_still=True)
"""


@pytest.mark.parametrize("version", ["4.5", "5.2"])
def test_blender_reads_both_layers(tmp_path: Path, version: str) -> None:
    import OpenEXR

    python = ROOT / f".venv-blender-{version}" / "bin" / "python"
    if not python.is_file():
        pytest.skip(f"{python} is not here")
    rgba, depth = picture()
    write_plate(tmp_path / "plate.exr", rgba, depth, {})
    command = [str(python), "-c", _IN_BLENDER, str(tmp_path / "plate.exr"), str(tmp_path / "out")]
    subprocess.run(command, check=True, capture_output=True, timeout=300, env={**os.environ, "PYTHONPATH": ""})
    with OpenEXR.File(str(tmp_path / "outField.exr")) as file:
        np.testing.assert_allclose(np.asarray(file.channels()["RGBA"].pixels), rgba, atol=1e-3)
    with OpenEXR.File(str(tmp_path / "outDepth.exr")) as file:
        np.testing.assert_array_equal(np.asarray(file.channels()["RGBA"].pixels)[..., 0], depth)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    random = np.random.default_rng(0).random((64, 64, 4), dtype=np.float32)
    with small_disk(tmp_path / "tiny", "16k") as tiny:
        with pytest.raises(UserError, match="No space left"):
            write_plate(tiny / "plate.exr", random, random[..., 0], {})
        with pytest.raises(UserError, match="No space left"):
            write_png(tiny / "picture.png", random)
        with (
            pytest.raises(UserError, match=r"Cannot write .*plate\.bin.*No space left"),
            written_aside(tiny / "plate.bin") as aside,
        ):
            aside.write_bytes(bytes(64_000))
        assert list(tiny.iterdir()) == []


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError), written_aside(path) as aside:
        aside.write_text("half", encoding="utf-8")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "old" and list(tmp_path.iterdir()) == [path]


def test_the_srgb_curve() -> None:
    """Values of IEC 61966-2-1: the knee, mid grey, and back again."""
    known = np.array([0.0, 0.0031308, 0.2140411, 1.0], dtype=np.float32)
    np.testing.assert_allclose(linear_to_srgb(known), [0, 0.04045, 0.5, 1], atol=2e-6)
    values = np.linspace(0, 1, 1001, dtype=np.float32)
    np.testing.assert_allclose(srgb_to_linear(linear_to_srgb(values)), values, atol=1e-6)
    half = np.array([[[0.2140411 / 2, 0, 0, 0.5], [0, 0, 0, 0]]], dtype=np.float32)
    expected = np.array([[[0.5, 0, 0, 0.5], [0, 0, 0, 0]]])
    np.testing.assert_allclose(straight_srgb(half), expected, atol=1e-6)
