"""What holds the deformation to the ways of things: where it starts from, and what learns from it."""

from __future__ import annotations

import torch
from torch import Tensor

from bake.field.model import Field, FieldConfig
from bake.field.waves import WIDTH
from bake.render.march import make_rays, march
from bake.render.sampling import Effort
from bake.training.tracking import Sightings, sightings, tracking_loss


def following(segments: int = 1) -> Field:
    """A small, dense field that follows things and whose deformation no longer stands still."""
    torch.manual_seed(3)
    sizes = {"log2_entries": 4, "planes": (4,), "plane_times": (3,), "occupancy_cells": 4}
    field = Field(
        FieldConfig((-1, -1, -1), (1, 1, 1), False, 0, 60, 0.1, 10, segments=segments, trajectory_terms=6, **sizes)
    )
    with torch.no_grad():
        field.deformation.head.weight.normal_(0, 0.1)
        field.decoder.geometry[-1].bias.fill_(3)
    return field


def seen_by(field: Field) -> tuple[Tensor, Sightings]:
    """Instants of some rays through the middle, and what they have met."""
    times = torch.rand(64)
    origins, towards = torch.tensor([[0.0, -3.0, 0.0]]).expand(64, 3), torch.randn(64, 3) * 0.1
    towards[:, 1] = 1
    met = march(field, make_rays(field, origins, towards, times), Effort(64, 16))
    found = sightings(field, [times], [met])
    assert found is not None
    return times, found


def test_nothing_moves_at_first() -> None:
    ways = following(2).trajectories
    assert ways is not None
    names, times = torch.rand(20, 3), torch.rand(20)
    segment, within = ways.segment_of(times)
    assert torch.equal(ways.place(names, ways.series(names, segment), times), names)
    assert torch.allclose((segment + within) / 2, times)


def test_points_are_followed_within_their_segment() -> None:
    field = following(4)
    times, found = seen_by(field)
    assert bool(torch.isin(found.time, times).all()), "instants of the rays that met them"
    assert torch.equal((found.time * 4).long(), (found.other * 4).long())


def test_each_learns_from_the_other_and_nothing_else_does() -> None:
    field = following()
    _, found = seen_by(field)
    for fraction, deformed in ((0.05, False), (0.5, True)):
        field.zero_grad()
        tracking_loss(field, found, fraction).backward()
        learning = {name.split(".")[0] for name, own in field.named_parameters() if own.grad is not None}
        assert learning == {"trajectories", *(("deformation", "lattice", "planes") if deformed else ())}


def test_names_that_stay_the_same_cost_nothing() -> None:
    field = following()
    torch.nn.init.zeros_(field.deformation.head.weight)
    _, found = seen_by(field)
    assert float(tracking_loss(field, found, 0.5).detach()) < 1e-6


def test_a_place_to_which_its_name_does_not_lead_gets_another() -> None:
    field = following()
    moving = field.deformation
    with torch.no_grad():
        # Things are moved aside in the beginning alone, by no trajectory.
        for own in (*field.lattice.parameters(), *moving.first.parameters(), moving.second.bias):
            own.zero_()
        moving.first.weight[:, WIDTH] = 1
        field.lattice.scales[0].segments[0][0, 0] = 1
    unit = 0.3 + 0.4 * torch.rand(50, 3)
    early, late = torch.full((50,), 0.05), torch.full((50,), 0.95)
    found = Sightings(unit, early, late, 0.02 * torch.randn(50, 3))
    assert torch.equal(field.canonical(unit, late), unit)
    before = (field.canonical(unit, early) - unit).norm(dim=-1).detach()
    tracking_loss(field, found, 0.5).backward()
    with torch.no_grad():
        moving.head.weight.sub_(moving.head.weight.grad, alpha=1e-3)
    assert bool(((field.canonical(unit, early) - unit).norm(dim=-1) < before).all())


def test_a_field_without_trajectories_follows_nothing() -> None:
    field = following()
    field.trajectories = None
    assert sightings(field, [], []) is None
