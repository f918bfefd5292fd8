"""Set Floor, Set Distance and the crop box: exact where they can be, in words where they cannot."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.blender.fields import write_box_field
from tests.blender.harness import Blender

FLOOR = np.array(((-0.5, -0.6, -1.0), (0.7, -0.5, -1.0), (0.1, 0.8, -1.0)))
DONE = "{'FINISHED'}"


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("field") / "box.stp"
    write_box_field(path)
    return path


def placed(blender: Blender, folder: Path, field: Path, *acts: str) -> dict[str, Any]:
    return blender.run("place_field", folder, field, acts).values


def through(place: Any, points: np.ndarray) -> np.ndarray:
    matrix = np.array(place)
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def test_the_floor_is_level_and_what_was_filmed_stands_on_it(blender: Blender, tmp_path: Path, field: Path) -> None:
    acts = ("given", "turned round", "turned over", "selection", "vertices", "other keys")
    for act, found in placed(blender, tmp_path, field, *acts).items():
        assert found["said"] == DONE, (act, found["said"])
        before, place = np.array(found["before"]["place"]), np.array(found["after"]["place"])
        floor = through(place, FLOOR)
        np.testing.assert_allclose(floor[:, 2], 0, atol=2e-6, err_msg=act)
        np.testing.assert_allclose(floor[0, :2], found["points"][0][:2], atol=2e-6, err_msg=act)
        up = through(place, np.zeros((1, 3)))[0, 2]
        assert up == pytest.approx(-1.7 if act == "turned over" else 1.7, abs=1e-5), act
        turned = place[:3, :3] @ np.linalg.inv(before[:3, :3])
        np.testing.assert_allclose(turned @ turned.T, np.eye(3), atol=1e-5, err_msg=act)
        if act == "selection":
            np.testing.assert_allclose(np.array(found["after"]["children"])[:, 2], 0, atol=2e-6)
        assert found["after"]["mode"] == "OBJECT", act
        np.testing.assert_allclose(found["undone"]["place"], before, atol=1e-6, err_msg=act)


def test_a_distance_is_the_real_one(blender: Blender, tmp_path: Path, field: Path) -> None:
    found = placed(blender, tmp_path, field, "length")["length"]
    assert found["said"] == DONE, found["said"]
    before, place = np.array(found["before"]["place"]), np.array(found["after"]["place"])
    moved = through(place, FLOOR)
    assert np.linalg.norm(moved[1] - moved[0]) == pytest.approx(0.8, abs=2e-6)
    np.testing.assert_allclose(moved[0], found["points"][0], atol=2e-6)
    factor = 0.8 / (1.7 * np.linalg.norm(FLOOR[1] - FLOOR[0]))
    np.testing.assert_allclose(place[:3, :3], factor * before[:3, :3], atol=2e-6)
    np.testing.assert_allclose(found["undone"]["place"], before, atol=1e-6)


def test_points_are_picked_where_the_field_is_solid(blender: Blender, tmp_path: Path, field: Path) -> None:
    """The field fills its box: rays from above meet the upper side of its crop, which Set Floor lays on the ground."""
    found = placed(blender, tmp_path, field, "pick", "pick nothing")
    assert "The field shows nothing there" in found["pick nothing"]["said"]
    after = found["pick"]["after"]
    assert found["pick"]["said"] == DONE, found["pick"]["said"]
    np.testing.assert_allclose(np.array(after["children"])[:, 2], 0, atol=1e-5)
    met = through(np.linalg.inv(np.array(after["place"])), np.array(after["children"]))
    np.testing.assert_allclose(np.sort(met[:, 0]), [-0.5, 0.1, 0.7], atol=1e-4)
    np.testing.assert_allclose(met[:, 2], 0.5, atol=2e-3)


def test_what_cannot_be_placed_stays(blender: Blender, tmp_path: Path, field: Path) -> None:
    words = {
        "editing": "Go back to Object Mode first",
        "in line": "lie in one line",
        "some missing": "Points are missing: second",
        "animated": "is animated or driven",
        "constrained": "has constraints",
        "sheared": "its parent is scaled unevenly",
        "two fields": "Make the field the active object",
        "no length": "A distance of 0 is no distance",
        "one place": "lie on each other",
        "one selected": "1 points are selected, but 2 are needed",
    }
    for act, found in placed(blender, tmp_path, field, *words).items():
        assert words[act] in found["said"], found["said"]
        np.testing.assert_allclose(found["after"]["place"], found["before"]["place"], atol=1e-6, err_msg=act)


def test_the_crop_box_is_moved_side_by_side(blender: Blender, tmp_path: Path, field: Path) -> None:
    wanted: dict[str, tuple[list[float], list[float]]] = {
        "crop in": ([-0.75, -1, -1], [1, 1, 1]),
        "crop out": ([-1, -1, -1], [1, 1.5, 1]),
        "crop too far": ([-1, -1, -1], [1, 1, -0.98]),
        "crop reset": ([-1, -1, -1], [1, 1, 1]),
    }
    for act, found in placed(blender, tmp_path, field, *wanted).items():
        assert found["said"] == DONE, found["said"]
        low, high = wanted[act]
        after, place = found["after"], np.array(found["before"]["place"])
        np.testing.assert_allclose(after["crop"], [low, high], atol=1e-6, err_msg=act)
        assert found["undone"]["crop"] == found["before"]["crop"] != after["crop"], act
        ends = np.array(list(itertools.product(*zip(low, high, strict=True))))
        np.testing.assert_allclose(_sorted(np.array(after["corners"])), _sorted(through(place, ends)), atol=1e-5)
        for side, arrow in after["arrows"].items():
            _check_arrow(side, np.array(arrow), place, np.array(low), np.array(high))


def test_without_a_crop_there_is_nothing_to_move(blender: Blender, tmp_path: Path, field: Path) -> None:
    assert "switch its Crop on" in placed(blender, tmp_path, field, "crop off")["crop off"]["said"]


def _check_arrow(side: str, arrow: np.ndarray, place: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """It stands in the middle of its side, points out of the box and is not scaled."""
    axis, outwards = "xyz".index(side[0]), 1 if side.endswith("max") else -1
    middle: np.ndarray = (low + high) / 2
    middle[axis] = high[axis] if outwards > 0 else low[axis]
    np.testing.assert_allclose(arrow[:3, 3], through(place, middle), atol=1e-5)
    np.testing.assert_allclose(arrow[:3, 2], outwards * place[:3, axis] / 1.7, atol=1e-5)


def _sorted(points: np.ndarray) -> np.ndarray:
    rounded = np.round(points, 4)
    return points[np.lexsort(rounded.T)]
