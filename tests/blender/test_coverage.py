"""Whether a camera's move holds is said before it is rendered, and what is drawn says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.blender.fields import filmed_from, write_box_field
from tests.blender.harness import Blender

BLUE, YELLOW, VERMILION = [0.0, 0.45, 0.7, 0.55], [0.94, 0.89, 0.26, 0.55], [0.84, 0.37, 0.0, 0.55]


def test_a_move_is_checked_before_it_is_rendered(blender: Blender, tmp_path: Path) -> None:
    """Filmed at azimuth 0 at shot frame 0 only, and at azimuth 60 at shot frame 9; the camera orbits from 0 to 89."""
    field, bare = tmp_path / "box.stp", tmp_path / "bare.stp"
    write_box_field(field, cameras=filmed_from([0.0, 60.0], [0.0, 9.0]))
    write_box_field(bare)
    done = blender.run("coverage", tmp_path, field, bare)
    found = done.values
    assert found["no camera"] == ["The scene has no camera", None] and not found["poll"]
    assert found["now"][0] == ["Holds: 0 degrees from the nearest footage at this time", "holds"]
    assert found["now"][1] == ["Doubtful: 20 degrees from the nearest footage at this time", "doubtful"]
    assert found["now"][2] == [
        "Doubtful: 15 degrees and 0.4 s from the nearest footage; what stands still holds",
        "doubtful",
    ]
    assert found["behind"] == ["The scene's camera has this field behind it", None]
    rows = found["checked"]["rows"]
    stretches = [
        ("doubtful", 16, 30),
        ("breaks", 31, 32),
        ("doubtful", 33, 50),
        ("doubtful", 71, 88),
        ("breaks", 89, 90),
    ]
    assert [tuple(row[1:4]) for row in rows] == stretches
    assert found["checked"]["text"].startswith("Box breaks from frame 31 to 32: at worst 2")
    assert found["outdated"] == [False, True] and found["jumped"] == 17
    assert found["codes"] == [1, 0, 1]
    assert "The camera's move breaks" in done.stderr and "SpaceTimePilot: Box holds from frame 1 to 15" in done.stdout
    twin = [row[1:4] for row in found["two"]["rows"] if row[0] == "Twin"]
    assert twin and max(last for _, _, last in twin) == 45, "where it is hidden nothing is said"
    told, verdict, reported = found["bare"]
    assert verdict is None and "does not say from where" in told and "does not say from where" in reported
    told, verdict, reported = found["missing"]
    assert verdict is None and "There is no field file" in told and "There is no field file" in reported
    linked, keys, own, mode, shown, _ = found["linked"]
    assert linked == found["now"][1] and not keys, "linked: seen, but not to be changed"
    assert own.split(":")[0] in ("Holds", "Doubtful", "Breaks") and (mode, shown) == ("keyed", True)


def test_what_is_drawn(blender: Blender, tmp_path: Path) -> None:
    arc = [-20.0 + 5 * number for number in range(10)]
    write_box_field(tmp_path / "box.stp", cameras=filmed_from(arc + [90.0] * 10, [float(n) for n in range(10)] * 2))
    leaps = list(np.random.default_rng(1).uniform(0, 360, 300))
    write_box_field(tmp_path / "leaps.stp", cameras=filmed_from(leaps, [n / 34 for n in range(300)]))
    found = blender.run("overlay_geometry", tmp_path / "box.stp", tmp_path / "leaps.stp").values
    positions, ends = found["path"]
    assert len(positions) == 36, "nine pieces a camera"
    np.testing.assert_allclose(np.linalg.norm(positions, axis=1), 4.0, atol=1e-5)
    assert ends[0] == pytest.approx([0.0, 0.26, 0.6, 1], abs=0.01) and ends[1] == pytest.approx(
        [1, 0.92, 0.27, 1], abs=0.01
    )
    count, eye, colour = found["frusta"]
    assert count == 20 * 6 and colour == ends[0]
    assert eye == pytest.approx(positions[0], abs=1e-5)
    assert found["nearest"] == [[0, 10], [4, 14], [9, 19]]
    assert found["radius"] > 3**0.5 and found["outwards"] and found["kinds"] == 3
    # At shot frame 4 the moving camera is at azimuth 0; nine frames are 0.4 s, so its neighbours count as well.
    for angle, colour in (("0", BLUE), ("45", YELLOW), ("90", BLUE), ("180", VERMILION)):
        assert found["at"][angle] == pytest.approx(colour, abs=1e-6)
    assert found["spans"]["0"] > 1.3 * found["spans"]["45"] > 2 * found["spans"]["180"]
    away, middle = found["ring"]
    assert away == pytest.approx(1.01 * found["radius"], abs=1e-3)
    assert middle[1] > 0.9 * found["radius"] and abs(middle[0]) < 0.01 and abs(middle[2]) < 0.01
    assert found["leaping"] == [0, 120]
