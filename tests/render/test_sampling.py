"""Where samples go and what becomes of them: the fast kernels against their definitions, and both against the truth."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bake.field.model import Field, FieldConfig
from bake.field.storage import load_field
from bake.render.compositing import median_depth
from bake.render.compositing_numba import composite_numba
from bake.render.frame import EFFORT as PICTURES
from bake.render.march import make_rays, march, share_of_span
from bake.render.sampling import SOLID, Effort, Rays, Samples, place_samples_reference
from bake.render.sampling_numba import place_samples_numba
from tests.analytic_field import SOLID_RADIUS, make_solid_field
from tests.render.composited import assert_composites_as_the_reference

EFFORT = Effort(64, 12)


def field_with_things(opaque: bool) -> Field:
    """A field whose occupancy grid holds some dense cells in thin air, or in nothing where it is bounded."""
    torch.manual_seed(2)
    sizes = {"log2_entries": 8, "planes": (4,), "plane_times": (2,), "occupancy_parts": 2, "occupancy_cells": 16}
    field = Field(FieldConfig((-1, -1, -1), (1, 1, 1), opaque, 0, 9, 0.1, 40, **sizes))
    dense = torch.rand(field.occupancy.density.shape) < 0.05
    field.occupancy.density.copy_(torch.where(dense, 30.0, 0.3 if opaque else 0.0))
    return field.requires_grad_(False)


def some_rays(field: Field, count: int = 400) -> Rays:
    generator = torch.Generator().manual_seed(5)
    origins = torch.randn(count, 3, generator=generator)
    origins = 3 * origins / origins.norm(dim=1, keepdim=True)
    directions = torch.rand(count, 3, generator=generator) * 1.6 - 0.8 - origins
    return make_rays(field, origins, directions * 0.4, torch.rand(count, generator=generator))


@pytest.mark.parametrize("solid", [SOLID, 1e-5])
@pytest.mark.parametrize("opaque", [False, True])
def test_sampling_kernel_is_its_reference(opaque: bool, solid: float) -> None:
    field, effort = field_with_things(opaque), replace(EFFORT, solid=solid)
    rays = some_rays(field)
    jitter = torch.rand(len(rays.start), 1 + EFFORT.samples, generator=torch.Generator().manual_seed(1))
    one = place_samples_reference(field, rays, effort, jitter, None)
    other = place_samples_numba(field, rays, effort, jitter, None)
    # A step whose middle lies within rounding of a cell's face may count for either cell.
    same = one.counts == other.counts
    assert same.float().mean() > 0.97
    mine, theirs = same[one.ray()], same[other.ray()]
    for name in ("places", "first", "last", "widths", "unit"):
        a, b = getattr(one, name)[mine], getattr(other, name)[theirs]
        assert ((a - b).abs() < 1e-3 * (1 + a.abs())).float().mean() > 0.97, name


@pytest.mark.parametrize("opaque", [False, True])
def test_samples_lie_in_order_in_what_is_not_empty(opaque: bool) -> None:
    field = field_with_things(opaque)
    rays = some_rays(field)
    samples = place_samples_numba(field, rays, EFFORT, torch.rand(len(rays.start), 1 + EFFORT.samples), None)
    ray = samples.ray()
    assert len(ray) == int(samples.counts.sum()) and int(samples.counts.max()) <= EFFORT.samples
    after = ray[1:] == ray[:-1]
    assert (samples.places.diff()[after] >= 0).all() and (samples.first <= samples.last).all()
    assert (samples.widths >= -1e-6).all()
    assert (samples.widths <= samples.last - samples.first + 1e-4 * samples.last).all()
    assert (samples.places >= rays.start[ray] - 1e-5).all() and (samples.places <= rays.end[ray] * 1.0001).all()
    if not opaque:
        held = field.occupancy.density.amax(dim=0) > 0
        cell = (samples.unit * 16).long().clamp(0, 15)
        near = torch.nn.functional.max_pool3d(held[None, None].float(), 3, 1, 1)[0, 0]
        assert (near[cell[:, 2], cell[:, 1], cell[:, 0]] > 0).all()


def test_samples_crowd_where_the_grid_is_dense_and_end_behind_it() -> None:
    field = field_with_things(False)
    field.occupancy.density.fill_(0.07)
    field.occupancy.density[:, :, :, 4:] = 500.0
    rays = make_rays(field, torch.tensor([[-3.0, 0.0, 0.0]]), torch.tensor([[1.0, 0.0, 0.0]]), torch.zeros(1))
    samples = place_samples_numba(field, rays, EFFORT, torch.full((1, 13), 0.5), None)
    surface, cell = 2.5, 2 / 16
    assert ((samples.places - surface).abs() < 3 * cell).sum() >= 6
    assert samples.last.max() < surface + 11 * cell, "thickest of a cell is 0.7, so ten cells are solid"


def test_pictures_show_what_the_grid_takes_for_hidden(tmp_path: Path) -> None:
    """A grid remembers what was dense for a moment: thirteen such cells before a solid ball are no wall."""
    make_solid_field(tmp_path / "ball.stp")
    field = load_field(tmp_path / "ball.stp", "cpu")
    cells = field.occupancy.cells
    before = int((SOLID_RADIUS - field.low[0].item()) / (field.high[0] - field.low[0]).item() * cells) + 1
    field.occupancy.density[..., before : before + 13] = 500.0
    origins, directions = torch.tensor([[9.0, 0.0, 0.0]]), torch.tensor([[-1.0, 0.0, 0.0]])
    rays = make_rays(field, origins, directions, torch.zeros(1))
    assert march(field, rays, EFFORT).alpha < 0.01, "with what a bake looks at, the ball is not met"
    for effort in PICTURES.values():
        assert march(field, rays, effort).alpha > 0.99


def test_compositing_kernel_and_its_gradient_are_the_reference() -> None:
    assert_composites_as_the_reference(composite_numba, 200, 9, "cpu")


def test_median_depth_halves_what_is_stopped_however_little_that_is() -> None:
    counts = torch.tensor([2, 0, 3])
    first, last = torch.tensor([1.0, 2.0, 4.0, 5.0, 6.0]), torch.tensor([2.0, 3.0, 5.0, 6.0, 7.0])
    samples = Samples(counts, (first + last) / 2, first, last, last - first, torch.zeros(5, 3))
    optical = torch.tensor([0.0, 2 * math.log(2), 0.0, 0.0, math.log(2)])
    depth = median_depth(optical, samples)
    # Of three quarters, and of one half, of the light.
    assert depth[0] == pytest.approx(2 - math.log(1 - 0.375) / (2 * math.log(2)))
    assert depth[2] == pytest.approx(6 - math.log(1 - 0.25) / math.log(2))


def test_rays_that_meet_nothing_are_clear() -> None:
    field = field_with_things(False)
    field.occupancy.density.fill_(0.0)
    seen = march(field, some_rays(field, 10), EFFORT)
    assert len(seen.density) == 0 and (seen.alpha == 0).all() and (seen.colour == 0).all()


@pytest.mark.parametrize("opaque", [False, True])
def test_share_of_span_runs_from_nought_to_one(opaque: bool) -> None:
    field = field_with_things(opaque)
    rays = some_rays(field, 20)
    hit = rays.end > rays.start
    ends = share_of_span(field, rays, rays.start)[hit], share_of_span(field, rays, rays.end)[hit]
    torch.testing.assert_close(ends[0], torch.zeros_like(ends[0]), atol=1e-5, rtol=0)
    torch.testing.assert_close(ends[1], torch.ones_like(ends[1]), atol=1e-5, rtol=0)
