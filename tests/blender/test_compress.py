"""The Compress button: a smaller file beside the field, shown in its place, and undone."""

from __future__ import annotations

from pathlib import Path

from bake.contract.compression import Compression
from bake.contract.field_file import read_header
from tests.blender.fields import filmed_from, write_box_field
from tests.blender.harness import Blender


def test_a_field_is_compressed_shown_and_undone(blender: Blender, tmp_path: Path) -> None:
    field, small = tmp_path / "box.stp", tmp_path / "box.small.stp"
    original = write_box_field(field, cameras=filmed_from([0, 90, 180, 270], [0.0, 3.0, 6.0, 9.0]))
    found = blender.run("compress", tmp_path, field, timeout=300).values
    assert found["before"] == ["//box.stp", original.content_hash, ""]
    assert "nothing.json" in found["refusal"] and found["refused"] == found["before"]
    assert found["result"] == ["FINISHED"]
    header = read_header(small)
    told = Compression.from_training(header.training)
    assert told is not None and told.of == original.content_hash
    assert found["after"] == ["//box.small.stp", header.content_hash, told.sentence]
    assert not found["again"], "what is compressed is not compressed again"
    assert found["undone"] == found["before"]
    assert small.stat().st_size * 10 < field.stat().st_size
