"""Pictures within a budget: the controller on machines that are made up, and real pictures by a made-up clock."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from bake.contract.camera import Camera
from bake.contract.errors import Cancelled, UserError
from bake.contract.messages import PictureRequest, Quality, decode, encode
from bake.contract.picture_budget import Budget, Favours, Fovea
from bake.field.model import Field, FieldConfig
from bake.render.budget import STEP, Controller, Demand, ladder, render_within
from bake.render.foveation import Falloff, render_foveated
from bake.render.frame import EFFORT, finished, render_view
from bake.render.nested import everywhere
from bake.render.saliency import MotionDetail
from bake.render.timed import Course, march_course
from bake.render.view import View

POSE = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2.2, 0, 0, 0, 1)
CAMERA = Camera(90, 70, 80, 80, 45, 35, tuple(float(value) for value in POSE))
PIXELS, SECONDS, PACE = 200_000, 0.1, 1e-6
RUNGS = ladder(Quality.STANDARD)


@pytest.fixture(scope="module")
def field() -> Field:
    """A box full of fog of all colours."""
    torch.manual_seed(3)
    made = Field(FieldConfig((-1, -1, -1), (1, 1, 1), False, 0, 9, 0.1, 50)).eval().requires_grad_(False)
    for layer in (made.decoder.geometry[2], made.decoder.colour[2]):
        layer.weight.mul_(20)
    return made


@pytest.fixture
def view(field: Field) -> View:
    return View(field, CAMERA, None, None)


class Machine:
    """Says what a rung takes on a machine of a pace that wavers, and lets a controller learn from it."""

    def __init__(self, seed: int, wavers: float) -> None:
        self._random = np.random.default_rng(seed)
        self._wavers = wavers
        self.pace = PACE
        self.controller = Controller(PACE)

    def frame(self, kept: float) -> tuple[float, float]:
        """Seconds and scale of a frame whose rays have so many samples, if none stopped it at its deadline."""
        demand = Demand(np.full(64, round(kept)), np.ones(64))
        rung = self.controller.choose(RUNGS, demand, PIXELS, SECONDS)
        work = demand.work(rung, PIXELS)
        seconds = work * self.pace * math.exp(self._random.normal(0, self._wavers))
        self.controller._paces.append(seconds / work)
        return seconds, rung.scale


@pytest.mark.parametrize("seed", range(3))
def test_the_controller_keeps_the_budget_without_pumping(seed: int) -> None:
    machine = Machine(seed, wavers=0.05)
    costs = [4 + 8 * (1 - math.cos(2 * math.pi * n / 150)) for n in range(300)]
    assert max(costs) / min(costs) == 5
    found = [machine.frame(cost) for cost in costs]
    kept = np.mean([seconds <= SECONDS for seconds, _ in found])
    assert kept >= 0.95
    steps = np.abs(np.diff(np.log([scale for _, scale in found])))
    assert steps.max() <= 2.01 * math.log(STEP)
    still = [machine.frame(8)[1] for _ in range(100)]
    assert len(set(still[20:])) == 1, "where nothing changes but the machine's noise, the size stays"


def test_a_cut_is_met_at_once_and_left_behind() -> None:
    machine = Machine(0, wavers=0.02)
    before = [machine.frame(2)[1] for _ in range(20)][-1]
    seconds, at_cut = machine.frame(12)
    assert seconds <= SECONDS and at_cut < before / 1.3, "what a frame costs is known before it is rendered"
    assert machine.frame(2)[1] == pytest.approx(before, rel=0.09)


def test_a_machine_that_becomes_slower_is_followed_and_quicker_too() -> None:
    machine = Machine(1, wavers=0.02)
    quick = [machine.frame(6)[1] for _ in range(20)][-1]
    machine.pace = 3 * PACE
    slow = [machine.frame(6) for _ in range(30)]
    assert slow[-1][0] <= SECONDS and slow[-1][1] < quick
    machine.pace = PACE
    again = [machine.frame(6)[1] for _ in range(80)]
    assert again[-1] == pytest.approx(quick, rel=0.05)
    assert np.diff(again).min() >= 0, "upwards, never to and fro"


def test_after_frames_that_were_late_more_time_is_left_over(view: View) -> None:
    controller, course = Controller(PACE), marched(view, 0.0)
    least = controller.spare
    controller.note(course, 0.0, 1.2)
    assert controller.spare > least
    for _ in range(40):
        controller.note(course, 0.0, 0.9)
    assert controller.spare == least, "not for ever"
    for _ in range(40):
        controller.note(course, 0.0, 1.2)
    assert controller.spare <= 0.3, "a picture is worth something, however slow the machine is"


def test_the_ladder_climbs() -> None:
    demand = Demand(np.arange(30), np.ones(30))
    for quality in Quality:
        rungs = ladder(quality)
        work = [demand.work(rung, PIXELS) for rung in rungs]
        assert (np.diff(work) > 0).all() and np.max(np.diff(np.log(work))) < 0.2
        assert rungs[-1].scale == 1 and rungs[-1].effort.samples <= EFFORT[Quality.STANDARD].samples
    assert ladder(Quality.PREVIEW)[-1].effort == EFFORT[Quality.PREVIEW]


def clock_of(step: float) -> Iterator[float]:
    """A clock that goes on by so much whenever it is looked at."""
    now = 0.0
    while True:
        yield now
        now += step


def marched(view: View, deadline: float, step: float = 0.01) -> Course:
    course = Course(view, 0.3, EFFORT[Quality.PREVIEW], EFFORT[Quality.PREVIEW], everywhere, (34.5, 44.5))
    march_course(course, 1e-7, deadline, clock_of(step).__next__)
    return course


def test_with_time_enough_it_is_the_plain_picture(view: View) -> None:
    course = marched(view, 1e9)
    assert course.complete and course.rays == 90 * 70
    seen = finished(course.picture.whole(), np.float32(0), view.field.config.encoding)
    plain = render_view(view, 0.3 * 9, Quality.PREVIEW, 0.0, None)
    np.testing.assert_allclose(seen.rgba, plain.rgba, atol=2e-5)
    np.testing.assert_allclose(seen.depth, plain.depth, rtol=1e-4)


def test_a_deadline_leaves_a_whole_picture_that_is_coarser(view: View) -> None:
    truth = marched(view, 1e9).picture.whole()
    errors, rays = [], []
    for deadline in (0.0, 0.05, 0.09):
        course = marched(view, deadline)
        again = marched(view, deadline)
        assert again.picture.whole().tobytes() == course.picture.whole().tobytes(), "the same choices, the same bits"
        whole = course.picture.whole()
        assert np.isfinite(whole).all() and (whole[..., 3] > 0).any()
        rays.append(course.rays)
        errors.append(float(np.abs(whole - truth)[..., :4].mean()))
        known = course.picture.weights == 1
        np.testing.assert_allclose(whole[known], truth[known], atol=2e-5)
    assert not marched(view, 0.0).complete and rays[0] == 12 * 9, "the coarsest grid is there whatever the time"
    assert rays == sorted(rays) and len(set(rays)) > 1
    assert errors == sorted(errors, reverse=True)


def test_rounds_end_before_the_deadline(view: View) -> None:
    """A machine where each ray takes its time: no round is begun that would end late."""
    took = 2e-3
    course = Course(view, 0.3, EFFORT[Quality.PREVIEW], EFFORT[Quality.PREVIEW], everywhere, (34.5, 44.5))
    march_course(course, took / 13, 4.0, lambda: took * course.rays)
    assert not course.complete and 2.0 < took * course.rays <= 4.0


def test_within_a_budget(view: View) -> None:
    controller = Controller(1e-6)
    seen, course = render_within(view, 3.0, Budget(5.0), controller, clock=lambda: 0.0)
    assert seen.depth.shape == (70, 90) and course.effort == EFFORT[Quality.STANDARD]
    plain = render_view(view, 3.0, Quality.STANDARD, 0.0, None)
    np.testing.assert_allclose(seen.rgba, plain.rgba, atol=2e-5)
    slow = Controller(1e-3)
    small, course = render_within(view, 3.0, Budget(10.0), slow, clock=lambda: 0.0)
    assert small.depth.shape[0] < 40 and course.complete
    assert small.depth.shape[1] / small.depth.shape[0] == pytest.approx(90 / 70, rel=0.1)
    with pytest.raises(Cancelled):
        render_within(view, 3.0, Budget(5.0), controller, should_stop=lambda: True)


def test_a_foveated_picture_is_the_full_one_where_it_is_looked_at(view: View) -> None:
    fovea = Fovea(0.4, 0.6, 0.12)
    seen, course = render_foveated(view, 3.0, fovea)
    plain = render_view(view, 3.0, Quality.STANDARD, 0.0, None)
    rows, columns = np.mgrid[:70, :90]
    near = np.hypot(rows + 0.5 - 0.6 * 70, columns + 0.5 - 0.4 * 90) < 0.12 * 70
    np.testing.assert_allclose(seen.rgba[near], plain.rgba[near], atol=2e-5)
    np.testing.assert_allclose(seen.depth[near], plain.depth[near], rtol=1e-4)
    assert course.rays < 0.35 * 90 * 70
    away = ~near & (plain.rgba[..., 3] > 0.5)
    assert np.abs(seen.rgba - plain.rgba)[away].mean() < 0.1
    falloff = Falloff(fovea, 700, 900)
    weights = falloff.detail(1, np.full(900, 420), np.arange(900))
    assert weights.max() == 1 and weights.min() == 0
    assert np.abs(np.diff(weights)).max() < 0.1, "grids fade into each other over many pixels"


def test_favours_say_which_part_is_looked_at_closely(view: View) -> None:
    rays = {}
    for favours in (Favours.STILL, Favours.MOVING):
        picture = Course(view, 0.3, EFFORT[Quality.PREVIEW], EFFORT[Quality.PREVIEW], everywhere, (34.5, 44.5))
        picture.detail = MotionDetail(view, picture.picture, 2.7, 24.0, favours)
        march_course(picture)
        rays[favours] = picture.rays
    assert rays[Favours.STILL] == 90 * 70, "nothing in this field moves"
    assert rays[Favours.MOVING] == 45 * 35


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (Budget(0.0), "0 ms"),
        (Budget(math.nan), "nan ms"),
        (Budget(99.0), "from 5 to 10000 ms"),
        (Budget(0.1, Fovea(math.inf, 0.5)), "no place"),
        (Budget(0.1, Fovea(0.5, 0.5, 0.0)), "radius is 0"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(view: View, budget: Budget, words: str) -> None:
    with pytest.raises(UserError, match=words):
        render_within(view, 3.0, budget, Controller())


def test_requests_carry_budgets() -> None:
    plain = PictureRequest(1, "a.stp", "ab", CAMERA, tuple(np.eye(4).ravel()), 2.0, Quality.STANDARD, "x")
    assert decode(encode(plain)) == plain
    full = replace(plain, budget=Budget(0.2, Fovea(0.25, 0.5), Favours.MOVING))
    assert decode(encode(full)) == full
