"""The compositing group goes into the artist's tree where it belongs, and leaves no trace."""

from __future__ import annotations

from pathlib import Path

from tests.blender.fields import write_box_field
from tests.blender.harness import Blender


def test_in_and_out_of_an_artists_tree(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "box.stp"
    write_box_field(field)
    found = blender.run("compositing_tree", tmp_path, field).values
    stages = found["stages"]
    assert stages["before"] == stages["after"] and len(stages["before"]) == 3
    assert "NodeRLayers.Image > Field One.Image" in stages["both"]
    assert "NodeRLayers.Depth > Field One.Depth" in stages["both"]
    assert "Field One.Depth > Field Two.Depth" in stages["both"]
    assert {line for line in stages["both"] if line.startswith("Field Two.Image")} == {
        "Field Two.Image > NodeBlur.Image",
        "Field Two.Image > NodeViewer.Image",
    }
    assert "NodeRLayers.Image > Field Two.Image" in stages["one"], "the chain closes behind a field that goes"
    film, locked, depth = zip(*found["settings"], strict=True)
    assert film == (True, False, False), "an opaque field needs a transparent film, and gives it back"
    assert locked == (True, True, False) and depth == (True, True, False)
    assert "already" in found["again"]
    assert found["left"] == {"images": 0, "groups": 0}


def test_every_edit_can_be_undone(blender: Blender, tmp_path: Path) -> None:
    field = tmp_path / "box.stp"
    write_box_field(field)
    found = blender.run("undo", tmp_path, field).values
    done = found["done"]
    assert "box" in done[1][0] and "Field box" in done[2][1] and "box" not in done[3][0] and done[4][2] == 1
    assert "Field box" not in done[3][1]
    assert found["undone"] == done[-2::-1]
