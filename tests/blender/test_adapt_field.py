"""Adapt to New Footage and Use New Version, with the real worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from bake.contract.own_folder import VARIABLE
from tests.blender.fields import LAST_FRAME, filmed_from, write_box_field
from tests.blender.harness import Blender
from tests.footage.making import make_capture


def test_a_field_goes_on_and_undo_brings_the_old_one_back(
    blender: Blender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "own"))
    field = tmp_path / "box.stp"
    # So small that the new footage's ball is not within it.
    old = write_box_field(field, half=0.4, cameras=filmed_from([0, 90, 180], [0.0, 4.0, LAST_FRAME])).content_hash[:8]
    footage = make_capture(tmp_path / "take2", count=2)
    seen = blender.run("adapt_field", tmp_path, field, footage, timeout=400).values
    nowhere, known, itself, twice = seen["told"]
    assert seen["greyed"] and "There is no footage" in nowhere and "is the field itself" in itself
    assert "brings nothing new" in known and "--first-frame 10" in known
    assert "No field in this .blend shows" in twice
    (file, last, shown, lost), unchanged, new, undone = seen["seen"]
    assert seen["made"] and (file, last, shown, lost) == ("box.stp", LAST_FRAME, old, "")
    assert unchanged == undone == [file, last, shown, lost]
    assert new[:2] == ["box.v2.stp", LAST_FRAME + 2] and new[2] != old
    assert seen["row"]["state"] == "done" and seen["row"]["adapts"] == str(field)
    assert seen["row"]["text"].startswith("Adapted to 2 instants: from ")
    assert seen["row"]["warning"] == new[3]
    assert new[3].startswith("From frame 10 to 11, up to ") and "outside the field's bounds" in new[3]
