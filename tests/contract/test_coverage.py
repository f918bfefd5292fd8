"""Coverage of rigs whose coverage is known by heart."""

from __future__ import annotations

import numpy as np
import pytest

from bake.contract.coverage import (
    ANGLE,
    BREAKS,
    HOLDS,
    SECONDS,
    Looks,
    Verdict,
    arcs,
    coverage,
    coverage_around,
    find_looks,
    known,
    looks_near,
)
from bake.contract.field_file import FootageCameras
from tests.footage.making import look_at

AZIMUTHS = np.arange(-180.0, 180.0, 2.0)
BOX = ((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
FPS = 24.0


def rig(angles: list[float], frames: list[float], away: bool = False) -> Looks:
    """Cameras on a level circle, at angles in degrees and shot frames."""
    poses = []
    for angle in np.radians(angles):
        pose = look_at((4 * np.cos(angle), 4 * np.sin(angle), 0.0))
        poses.append(pose @ np.diag([-1.0, 1.0, -1.0, 1.0]) if away else pose)
    lens = np.tile([64.0, 48.0, 70.0, 70.0, 32.0, 24.0], (len(poses), 1))
    return find_looks(FootageCameras(np.stack(poses), lens, np.array(frames)), BOX, FPS)


def test_a_filmed_view_is_known_and_falls_off_as_defined() -> None:
    looks = rig([30.0], [12.0])
    assert coverage(looks, looks.directions, 12.0) == pytest.approx(1)
    assert coverage(looks, looks.directions, 12.0 + SECONDS * FPS) == pytest.approx(HOLDS)
    turned = np.radians(30 + np.array([ANGLE, 2 * ANGLE, 180]))
    views = np.stack([np.cos(turned), np.sin(turned), np.zeros(3)], axis=1)
    np.testing.assert_allclose(coverage(looks, views, None), [HOLDS, BREAKS, 0], atol=1e-6)
    assert looks.azimuths == pytest.approx(0) and looks.distances == pytest.approx(4)


def test_an_orbit_knows_what_stands_still_all_around_but_what_moves_only_near_its_camera() -> None:
    looks = rig(list(np.arange(0, 360, 5.0)), list(np.arange(72.0)))
    assert arcs(AZIMUTHS, coverage_around(looks, AZIMUTHS, None)[:, 0] >= HOLDS) == [(-180, 180)]
    held = coverage_around(looks, AZIMUTHS, np.array([18.0, 54.0])) >= HOLDS
    assert held[AZIMUTHS == 90, 0].all() and not held[AZIMUTHS == -90, 0].any()
    assert held[AZIMUTHS == -90, 1].all() and not held[AZIMUTHS == 90, 1].any()


def test_six_cameras_that_stand_know_their_arc_at_every_instant() -> None:
    frames = np.arange(0.0, 48.0)
    angles = np.repeat([-50.0, -30.0, -10.0, 10.0, 30.0, 50.0], len(frames))
    looks = rig(list(angles), list(np.tile(frames, 6)))
    held = coverage_around(looks, AZIMUTHS, frames) >= HOLDS
    ((low, high),) = arcs(AZIMUTHS, np.asarray(held.all(axis=1), dtype=np.bool_))
    assert low == pytest.approx(-ANGLE, abs=2) and high == pytest.approx(100 + ANGLE, abs=2)


def test_who_looks_away_or_not_at_all_knows_nothing() -> None:
    looks = rig([0.0, 20.0], [0.0, 1.0], away=True)
    assert looks.frames == 2 and len(looks.directions) == 0
    assert not coverage_around(looks, AZIMUTHS, np.array([0.0])).any()


def test_one_view_says_how_far_the_footage_is_from_it() -> None:
    looks = rig([0.0, 40.0], [0.0, 24.0])
    view = np.array([np.cos(np.radians(10)), np.sin(np.radians(10)), 0.0])
    at_once, late = known(looks, view, 0.0), known(looks, view, 18.0)
    assert at_once.verdict is Verdict.HOLDS and (at_once.degrees, at_once.seconds) == pytest.approx((10, 0))
    assert late.verdict is Verdict.DOUBTFUL and (late.degrees, late.seconds) == pytest.approx((10, 0.75))
    assert known(looks, view, 36.0).verdict is Verdict.BREAKS
    assert known(looks, view, None).seconds == 0
    for frame in (0.0, 18.0, 36.0):
        assert known(looks, view, frame).coverage == pytest.approx(coverage(looks, view[None], frame)[0])
    nobody = known(rig([0.0], [0.0], away=True), view, 0.0)
    assert nobody.verdict is Verdict.BREAKS and np.isinf(nobody.degrees)


def test_looks_that_are_far_in_time_decide_nothing() -> None:
    looks = rig(list(np.arange(0, 360, 5.0)), list(np.arange(72.0)))
    views = np.random.default_rng(0).normal(size=(200, 3))
    views /= np.linalg.norm(views, axis=1, keepdims=True)
    near = looks_near(looks, 30.0)
    assert len(near.shot_frames) == 49
    for bound in (HOLDS, BREAKS):
        wanted = coverage(looks, views, 30.0) >= bound
        assert (coverage(near, views, 30.0) >= bound).tolist() == wanted.tolist() and wanted.any()


def test_an_arc_may_lie_behind() -> None:
    assert arcs(AZIMUTHS, np.abs(AZIMUTHS) >= 150) == [(150, 210)]
