"""Fields in viewports: what is asked for and when, and how it stands among native surfaces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bake.contract.field_file import read_header
from tests.blender.harness import Blender

ORANGE, GREEN, NOTHING = (0.8, 0.4, 0.2, 1.0), (0.0, 1.0, 0.0, 1.0), (0.0, 0.0, 0.0, 0.0)


def test_native_surfaces_and_previews_hide_each_other(blender: Blender, tmp_path: Path, ball_field: Path) -> None:
    found = blender.run("viewport_drawing", tmp_path, ball_field, timeout=400).values
    for kind in ("picture", "surfels"):
        before, behind = found[f"{kind} before"], found[f"{kind} behind"]
        np.testing.assert_allclose(before["on the wall"], GREEN, atol=0.01)
        np.testing.assert_allclose(behind["on the wall"], ORANGE, atol=0.03)
        for seen in (before, behind):
            np.testing.assert_allclose(seen["beside the wall"], ORANGE, atol=0.03)
            np.testing.assert_allclose(seen["empty"], NOTHING, atol=0.01)
    covered = [found[f"{kind} before"]["covered"] for kind in ("picture", "surfels")]
    assert covered[1] == pytest.approx(covered[0], rel=0.15), "surfels are as large as what they stand for"
    assert found["covered above"] == pytest.approx(covered[1] / 2, rel=0.15), "a crop box cuts surfels"
    assert found["distance"] > 15
    for kind in ("before", "behind"):
        np.testing.assert_allclose(found[f"timely {kind}"]["beside the wall"], ORANGE, atol=0.05)
        np.testing.assert_allclose(found[f"timely {kind}"]["empty"], NOTHING, atol=0.01)
    np.testing.assert_allclose(found["timely before"]["on the wall"], GREEN, atol=0.01)
    np.testing.assert_allclose(found["timely behind"]["on the wall"], ORANGE, atol=0.05)
    asked = found["budgets"]
    assert asked["off"] is None and asked["on"] == {"seconds": 0.25, "fovea": None, "favours": "even"}
    assert asked["view"][:2] == asked["nothing to look at"][:2] == [0.5, 0.5]
    assert asked["mouse"][:2] == [0.25, 0.75]
    assert asked["object"][0] == pytest.approx(0.5 + 1.2 / 6, abs=0.01) and asked["object"][1] < 0.5
    assert asked["focus"] == asked["object"], "without an object, what the camera is focused on"
    cut = found["cut to"]
    assert cut["an object"] is None and cut["a room with a crop"] == [[0.0] * 3, [0.5] * 3]
    bounds = read_header(ball_field).bounds
    np.testing.assert_allclose(cut["a room"], bounds, atol=1e-5, err_msg="beyond, a room is a haze that hides all else")


def test_what_viewports_ask_for(blender: Blender) -> None:
    found = blender.run("viewport_choosing").values
    around = ["surfels 6 of 1", "surfels 7 of 1", "surfels 8 of 1", "surfels 4 of 1"]
    assert found["rest on a slow machine"] == [
        "surfels 5 of 1",
        "picture 200",
        "picture 400",
        "picture 800",
        "picture 1600",
        "surfels 5 of 2",
        "surfels 5 of 3",
        *around,
    ]
    assert found["rest on a quick machine"] == [
        "surfels 5 of 3",
        "picture 1600",
        *(a.replace("of 1", "of 3") for a in around),
    ]
    assert found["playing"] == ["surfels 5 of 3", *(a.replace("of 1", "of 3") for a in around)]
    assert found["moving within a budget"] == ["surfels 5 of 1", "picture 1600 within 0.2 s"]
    coarse, fine = found["moving where it rested before"]
    assert coarse == found["moving within a budget"], "a coarse picture is not shown, so it must not stand in the way"
    assert fine == ["surfels 5 of 1"], "it is shown already"
    assert found["resting after that"] == ["picture 200", "picture 400", "picture 800"] and found["whatever the budget"]
    assert found["moving with little memory"] == ["surfels 5 of 1"] and found["bytes kept"] <= 3000
    assert found["nearest"] and found["too far"] and found["another content"]
    assert found["around 10"] == [11, 12, 13, 9, 14, 15]
