"""More knots where a shot needs them: the field says the same as before, and goes on from there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bake.contract.field_file import FieldHeader
from bake.field.model import Field, FieldConfig
from bake.field.segments import Knots, finer_instants
from bake.field.storage import load_field, save_field

FINER = ((0.2, 0.3, 2), (0.62, 0.7, 3))


def uneven_field() -> Field:
    """A field of three segments whose codes say something, and which moves."""
    torch.manual_seed(2)
    sizes = {"log2_entries": 10, "planes": (8, 16), "plane_times": (3, 7), "occupancy_cells": 8, "segments": 3}
    field = Field(FieldConfig((-1, -1, 0), (1, 1, 2), False, 0, 90, 0.1, 10, lattice=(3, 9), twists=True, **sizes))
    for own in (*field.lattice.parameters(), *field.planes.time.parameters(), *field.deformation.parameters()):
        torch.nn.init.normal_(own, std=0.3)
    torch.nn.init.uniform_(field.occupancy.density)
    return field


def test_knots_are_added_only_where_asked_and_on_what_was_there() -> None:
    instants = finer_instants(5, [(0.3, 0.45, 2)])
    assert instants.tolist() == [0, 0.25, 0.3125, 0.375, 0.4375, 0.5, 0.75, 1]
    across = finer_instants(5, [(0.5, 0.6, 1), (0.45, 0.55, 2)])
    assert across.tolist() == [0, 0.25, 0.3125, 0.375, 0.4375, 0.5, 0.5625, 0.625, 0.6875, 0.75, 1]


@torch.no_grad()
def test_a_finer_field_says_the_same() -> None:
    field = uneven_field()
    points, times, towards = torch.rand(4000, 3), torch.rand(4000), torch.randn(4000, 3)
    times[:3] = torch.tensor([0.0, 1.0, 1 / 3])
    before = [*field(points, times, towards), field.canonical(points, times)]
    held = field.occupancy.density[field.occupancy.part(times)].flatten()
    sizes = [len(field.lattice.codes[-1]()), len(field.planes.time[-1]()), field.occupancy.parts]
    owner = field.refine(FINER, {})
    for was, now in zip(before, [*field(points, times, towards), field.canonical(points, times)], strict=True):
        torch.testing.assert_close(now, was, atol=1e-5, rtol=1e-4)
    assert torch.equal(field.occupancy.density[field.occupancy.part(times)].flatten(), held)
    finer = [len(field.lattice.codes[-1]()), len(field.planes.time[-1]()), field.occupancy.parts]
    assert all(now > was for now, was in zip(finer, sizes, strict=True)) and len(owner) == field.occupancy.parts


@torch.no_grad()
def test_what_lies_on_lines_has_no_bend_however_uneven_its_knots() -> None:
    line = Knots(torch.linspace(0, 1, 9)[:, None], 2)
    assert float(line.bend()) == pytest.approx(0, abs=1e-12)
    line.refine(FINER, {})
    assert float(line.bend()) == pytest.approx(0, abs=1e-12)
    bent = Knots(torch.tensor([0.0, 1.0, 0.0])[:, None], 1)
    assert float(bent.bend()) == 4.0


def test_the_optimiser_goes_on_with_what_it_remembers() -> None:
    field = uneven_field()
    optimiser = torch.optim.Adam(field.parameters(), lr=1e-2)
    points, times, towards = torch.rand(500, 3), torch.rand(500), torch.randn(500, 3)

    def step() -> None:
        optimiser.zero_grad()
        field(points, times, towards)[1].square().mean().backward()
        optimiser.step()

    step()
    first = field.lattice.codes[-1].segments[0]
    remembered = optimiser.state[first]["exp_avg"].clone()
    field.refine(FINER, optimiser.state)
    now = optimiser.state[first]["exp_avg"]
    assert now.shape == first.shape and len(now) > len(remembered)
    # Of eight knots the second interval is quartered, the last but one of the others are as they were.
    assert torch.equal(now[[0, 1]], remembered[[0, 1]])
    before = first.detach().clone()
    step()
    assert not torch.equal(first, before)


@torch.no_grad()
def test_a_finer_field_is_read_back(tmp_path: Path) -> None:
    field = uneven_field()
    field.refine(FINER, {})
    header = FieldHeader("ball", 24.0, 0, 90, 10, ((-1, -1, 0), (1, 1, 2)), False)
    save_field(tmp_path / "ball.stp", field, header, {})
    loaded = load_field(tmp_path / "ball.stp", "cpu")
    assert loaded.config == field.config
    points, times, towards = torch.rand(100, 3), torch.rand(100), torch.randn(100, 3)
    for one, other in zip(field(points, times, towards), loaded(points, times, towards), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(field.occupancy.part(times), loaded.occupancy.part(times))
