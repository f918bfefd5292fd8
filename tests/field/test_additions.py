"""Time behind the end of a bake: what was there stays to the last bit, and what is added goes on from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bake.contract.field_file import FieldHeader
from bake.field.additions import Addition, addition_after
from bake.field.model import Field
from bake.field.segments import Knots
from bake.field.storage import load_field, save_field
from bake.field.velocity import knot_spacing
from bake.training.adapting import foresee
from tests.field.test_finer_knots import FINER, uneven_field


def longer_field(finer: bool = False) -> Field:
    """A field of 90 frames, to which two additions are made; the codes of both say something of their own."""
    field = uneven_field()
    if finer:
        field.refine(FINER, {})
    for last in (100.0, 130.0):
        end = field.config.end_frame
        config = field.config
        added = field.append(addition_after(end, last - end, knot_spacing(field), config.lattice, config.plane_times))
        field.reach(last)
        for own in (*added.lattice.parameters(), *added.planes.time.parameters(), *added.deformation.parameters()):
            torch.nn.init.normal_(own, std=0.3)
    torch.nn.init.uniform_(field.occupancy.density[-3:])
    return field


@torch.no_grad()
@pytest.mark.parametrize("finer", [False, True])
def test_what_was_baked_stays_to_the_last_bit(finer: bool) -> None:
    before = uneven_field()
    if finer:
        before.refine(FINER, {})
    after = longer_field(finer)
    points, times, towards = torch.rand(4000, 3), torch.rand(4000), torch.randn(4000, 3)
    times[0] = 1.0
    assert [before.normalised_time(f) for f in (-5, 17.3, 90)] == [after.normalised_time(f) for f in (-5, 17.3, 90)]
    assert after.normalised_time(130) == after.normalised_time(200) > after.normalised_time(101) > 1
    for ask in ("density", "canonical", "density_reference", "canonical_reference"):
        assert torch.equal(getattr(before, ask)(points, times), getattr(after, ask)(points, times))
    for one, other in zip(before(points, times, towards), after(points, times, towards), strict=True):
        assert torch.equal(one, other)
    where = [field.occupancy.density[field.occupancy.part(times)].flatten() for field in (before, after)]
    assert torch.equal(*where)


@torch.no_grad()
def test_time_that_is_added_begins_as_the_end_was() -> None:
    field = uneven_field()
    points, end, towards = torch.rand(500, 3), torch.ones(500), torch.randn(500, 3)
    was = [*field(points, end, towards), field.canonical(points, end)]
    config = field.config
    for frames in (10.0, 30.0):
        field.append(
            addition_after(field.config.end_frame, frames, knot_spacing(field), config.lattice, config.plane_times)
        )
        field.reach(field.config.end_frame + frames)
    for frame in (90.01, 95.0, 100.0, 100.01, 129.0):
        time = torch.full((500,), field.normalised_time(frame))
        for one, other in zip(was, [*field(points, time, towards), field.canonical(points, time)], strict=True):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
        held = field.occupancy.density[field.occupancy.part(time[:1])[0]]
        assert torch.equal(held, field.occupancy.density[field.occupancy.part(end[:1])[0]])


@torch.no_grad()
def test_what_nothing_was_learnt_for_is_forgotten_and_nothing_else() -> None:
    field = longer_field()
    config = field.config
    added = field.append(addition_after(130.0, 100.0, knot_spacing(field), config.lattice, config.plane_times))
    for own in (*added.lattice.parameters(), *added.planes.time.parameters()):
        torch.nn.init.normal_(own, std=0.3)
    torch.nn.init.uniform_(field.occupancy.density[-added_parts(field) :])
    field.reach(160.0)
    points, towards = torch.rand(900, 3), torch.randn(900, 3)
    times = torch.rand(900) * field.normalised_time(160)
    before = [*field(points, times, towards), field.occupancy.density[field.occupancy.part(times)].flatten()]
    parts = field.occupancy.parts
    field.trim()
    after = [*field(points, times, towards), field.occupancy.density[field.occupancy.part(times)].flatten()]
    assert added_parts(field) == 3 and field.occupancy.parts == parts - 6
    for one, other in zip(before, after, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-3)


def added_parts(field: Field) -> int:
    return field.config.additions[-1].parts


def test_samples_of_all_times_at_once_come_out_in_order_and_as_by_the_reference() -> None:
    field = longer_field()
    # As where a field adapts: the fast path then leaves their gradients out.
    field.grid.requires_grad_(False)
    field.decoder.requires_grad_(False)
    torch.manual_seed(5)
    points, towards = torch.rand(900, 3), torch.randn(900, 3)
    times = torch.rand(900) * field.normalised_time(130)
    wanted = torch.randn(900, 3)

    def seen_one_by_one(ask: str) -> list[torch.Tensor]:
        """Each stretch's samples by the definition, in plain torch."""
        density, colour = torch.zeros(900), torch.zeros(900, 3)
        stretches = [None, *field.additions]
        starts = [-1.0, *(float(one.start) for one in field.additions), 9.0]
        for stretch, start, end in zip(stretches, starts, starts[1:], strict=False):
            own = (times > start) & (times <= end)
            when = times[own] if stretch is None else stretch.own_time(times[own])
            density[own], colour[own] = getattr(field._within(stretch), ask)(points[own], when, towards[own])
        return [density, colour]

    moving = [
        own
        for added in field.additions
        if isinstance(added, Addition)
        for own in (added.deformation.head.weight, *added.planes.time.parameters())
    ]
    found = []
    for density, colour in (field(points, times, towards), seen_one_by_one("reference")):
        loss = density.log().mean() + (colour * wanted).mean()
        found.append([density, colour, *torch.autograd.grad(loss, moving)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-3)
    assert all(float(gradient.abs().sum()) > 0 for gradient in found[0][2:])


@torch.no_grad()
def test_a_longer_field_is_read_back(tmp_path: Path) -> None:
    field = longer_field()
    header = FieldHeader("ball", 24.0, 0, 130, 10, ((-1, -1, 0), (1, 1, 2)), False)
    save_field(tmp_path / "ball.stp", field, header, {})
    again = load_field(tmp_path / "ball.stp", "cpu")
    assert again.config == field.config and again.config.end_frame == 130 and again.config.last_frame == 90
    points, towards = torch.rand(300, 3), torch.randn(300, 3)
    times = torch.rand(300) * field.normalised_time(130)
    for one, other in zip(field(points, times, towards), again(points, times, towards), strict=True):
        assert torch.equal(one, other)
    # The knots of the first addition reach on into the second one's time, in which it has no say.
    parts = torch.cat([torch.arange(8), torch.arange(11, again.occupancy.parts)])
    for share in (0.0, 0.5, 0.999):
        instants = again.occupancy.instant(parts, torch.full((len(parts),), share))
        assert torch.equal(again.occupancy.part(instants), parts)
        alone = [again.occupancy.part(instant) for instant in instants.split(1)]
        assert torch.equal(torch.cat(alone), parts), "whatever else is asked about"


def test_a_field_that_nothing_was_added_to_says_what_it_always_said() -> None:
    config = uneven_field().config
    assert "additions" not in config.to_json()
    assert replace(config, additions=()).end_frame == config.last_frame


def test_knots_that_are_first_needed_go_on_in_a_straight_line() -> None:
    knots = Knots(torch.tensor([0.0, 1.0, 3.0, 0.0, 0.0, 0.0, 0.0])[:, None], 2)
    assert foresee(knots, 2 / 6, 2) == 2 and knots()[3] == 0
    assert foresee(knots, 3.5 / 6, 2) == 4
    assert knots()[:, 0].tolist() == [0, 1, 3, 5, 7, 7, 7]
