"""Presets of the bake's, the time's and the look's settings, in Blender's own way."""

from __future__ import annotations

from pathlib import Path

from tests.blender.fields import write_box_field
from tests.blender.harness import Blender


def test_presets_are_kept_applied_undone_and_removed(blender: Blender, tmp_path: Path) -> None:
    write_box_field(tmp_path / "box.stp")
    found = blender.run("presets", tmp_path, tmp_path / "box.stp").values
    assert found["bake"]["applied"] == {"preset": "final", "hold_out": 8, "output_path": "//shot.stp"}
    assert found["time"]["applied"] == {"mode": "slow_mo", "slow_from": 12.5, "shot_time": 0.0}
    assert found["look"]["applied"] == {"quality": "preview", "exposure": -1.5, "use_crop": False}
    for kind in ("bake", "time", "look"):
        assert found[kind]["undone"] == found[kind]["before"] != found[kind]["applied"], kind
        assert found[kind]["left"] == [], kind
    assert "gone" in found["broken"] and "Remove the preset" in found["broken"]
