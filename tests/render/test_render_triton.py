"""The kernels for GPUs against their definitions: on the device where there is one, else in Triton's interpreter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

pytest.importorskip("triton", reason="Triton is not installed")

from bake.contract.camera import Camera, Lens, LensModel
from bake.contract.colour import SRGB, Encoding, Gamut
from bake.contract.errors import Cancelled
from bake.contract.messages import Precision, Quality
from bake.field.model import Field, FieldConfig
from bake.render import view
from bake.render.compositing import Composited, composite_reference, median_depth
from bake.render.compositing_triton import composite_triton, seen_triton
from bake.render.frame import render_frame
from bake.render.march import make_rays
from bake.render.sampling import Box, Effort, Rays, Samples, place_samples_reference
from bake.render.sampling_triton import emit, place_samples_triton, survey
from tests.render.composited import assert_composites_as_the_reference, samples_of_rays

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
EFFORT = Effort(32, 8)


def field_with_things(opaque: bool, density: float = 30.0, encoding: Encoding = SRGB) -> Field:
    """A field whose occupancy grid holds some dense cells in thin air, or in nothing where it is bounded."""
    generator = torch.Generator().manual_seed(2)
    sizes = {"log2_entries": 8, "planes": (4,), "plane_times": (2,), "occupancy_parts": 2, "occupancy_cells": 16}
    field = Field(FieldConfig((-1, -1.5, -1), (1, 1, 2), opaque, 0, 9, 0.1, 40, encoding=encoding, **sizes))
    dense = torch.rand(field.occupancy.density.shape, generator=generator) < 0.05
    # The second part holds less, so that boxes are of use.
    dense[1, :, :8], dense[1, :, :, 12:] = False, False
    field.occupancy.density.copy_(torch.where(dense, density, 0.3 if opaque else 0.0))
    return field.requires_grad_(False).to(DEVICE)


def some_rays(field: Field, count: int = 300) -> Rays:
    generator = torch.Generator().manual_seed(5)
    origins = torch.randn(count, 3, generator=generator)
    origins = 3 * origins / origins.norm(dim=1, keepdim=True)
    directions = torch.rand(count, 3, generator=generator) * 1.6 - 0.8 - origins
    # Along an axis, and past everything.
    directions[:10, 1:] = 0.0
    directions[10:20] *= -1
    directions, times = directions * 0.4, torch.rand(count, generator=generator)
    return make_rays(field, origins.to(DEVICE), directions.to(DEVICE), times.to(DEVICE))


def some_jitter(count: int, samples: int) -> torch.Tensor:
    return torch.rand(count, 1 + samples, generator=torch.Generator().manual_seed(1)).to(DEVICE)


def compare(one: Samples, other: Samples, alike: float = 0.999) -> None:
    # A step whose middle lies within rounding of a cell's face may count for either cell.
    same = one.counts == other.counts
    assert same.float().mean() >= alike - 1 / max(len(same), 1)
    mine, theirs = same[one.ray()], same[other.ray()]
    for name in ("places", "first", "last", "widths", "unit"):
        a, b = getattr(one, name)[mine], getattr(other, name)[theirs]
        close = (a - b).abs() <= 1e-4 * (0.1 + a.abs())
        assert close.float().mean() > 0.995 if len(a) else len(b) == 0, name


@pytest.mark.parametrize("opaque", [False, True])
@pytest.mark.parametrize("jittered", [False, True])
@pytest.mark.parametrize("cropped", [False, True])
def test_sampling_is_its_reference(opaque: bool, jittered: bool, cropped: bool) -> None:
    field = field_with_things(opaque)
    rays = some_rays(field)
    count = len(rays.start)
    jitter = some_jitter(count, EFFORT.samples) if jittered else None
    crop: Box | None = (torch.tensor([-0.5, -0.9, -0.7]).to(DEVICE), torch.tensor([0.6, 0.8, 1.1]).to(DEVICE))
    if not cropped:
        crop = None
    middle = torch.full((count, 1 + EFFORT.samples), 0.5, device=DEVICE)
    one = place_samples_reference(field, rays, EFFORT, middle if jitter is None else jitter, crop)
    assert len(one.places)
    compare(one, place_samples_triton(field, rays, EFFORT, jitter, crop))


@pytest.mark.parametrize("opaque", [False, True])
def test_few_samples_and_what_is_thin_or_hides_all(opaque: bool) -> None:
    for density, effort in ((0.5, replace(EFFORT, solid=0.5)), (500.0, Effort(32, 4)), (2.0, Effort(3, 16))):
        field = field_with_things(opaque, density)
        rays = some_rays(field, 100)
        jitter = some_jitter(1, effort.samples).expand(100, -1)
        one = place_samples_reference(field, rays, effort, jitter, None)
        compare(one, place_samples_triton(field, rays, effort, jitter, None), 0.98)


def test_a_ray_is_its_samples_own() -> None:
    field = field_with_things(False)
    rays = some_rays(field, 70)
    found = survey(field, rays, EFFORT, None, None)
    whole = emit(found, int(found.offsets[-1]))
    samples = place_samples_triton(field, rays, EFFORT, None, None)
    assert torch.equal(whole.ray.long(), samples.ray()) and torch.equal(whole.places, samples.places)
    roomy, short = emit(found, len(whole.ray) + 5, blank=True), emit(found, 10)
    assert torch.equal(roomy.unit[:-5], whole.unit) and not roomy.unit[-5:].any() and not roomy.ray[-5:].any()
    assert torch.equal(short.last, whole.last[:10])


def test_boxes_follow_the_grid() -> None:
    field = field_with_things(False)
    rays = some_rays(field, 100)
    place_samples_triton(field, rays, EFFORT, None, None)
    field.occupancy.density.copy_(field.occupancy.density.flip(2, 3))
    middle = torch.full((100, 1 + EFFORT.samples), 0.5, device=DEVICE)
    compare(
        place_samples_reference(field, rays, EFFORT, middle, None),
        place_samples_triton(field, rays, EFFORT, None, None),
        0.98,
    )


@pytest.mark.parametrize("opaque", [False, True])
def test_rays_that_meet_nothing_and_no_rays(opaque: bool) -> None:
    field = field_with_things(opaque)
    field.occupancy.density.fill_(0.0)
    for jitter in (None, some_jitter(40, EFFORT.samples)):
        samples = place_samples_triton(field, some_rays(field, 40), EFFORT, jitter, None)
        assert not samples.counts.any() and len(samples.places) == 0 and samples.unit.shape == (0, 3)
    rays = some_rays(field, 40)
    none = Rays(*(values[:0] for values in (rays.origins, rays.directions, rays.times, rays.start, rays.end)))
    samples = place_samples_triton(field, none, EFFORT, None, None)
    assert len(samples.counts) == len(samples.places) == 0


@pytest.mark.parametrize("longest", [9, 1])
@pytest.mark.parametrize("rays", [100, 0])
def test_compositing_and_its_gradient_are_the_reference(longest: int, rays: int) -> None:
    assert_composites_as_the_reference(composite_triton, rays, longest, DEVICE)


def test_gradient_of_some_of_what_is_seen() -> None:
    counts = torch.tensor([3, 0, 5])
    optical, colour, middles, widths = (values.to(DEVICE) for values in samples_of_rays(counts))
    found = []
    for kernel in (composite_reference, lambda *a: Composited(*composite_triton(*a))):
        own = optical.clone().requires_grad_()
        kernel(own, colour, middles, widths, counts.to(DEVICE)).alpha.sum().backward()
        found.append(own.grad)
    torch.testing.assert_close(*found, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("factor", [1.0, 1e-3, 0.1])
def test_what_pictures_see_is_the_reference(factor: float) -> None:
    counts = torch.randint(0, 9, (100,), generator=torch.Generator().manual_seed(3))
    optical, colour, middles, widths = (values.to(DEVICE) for values in samples_of_rays(counts))
    counts, optical = counts.to(DEVICE), optical * factor
    samples = Samples(counts, middles, middles - widths / 3, middles + widths / 3, widths, colour)
    one = composite_reference(optical, colour, middles, widths, counts)
    seen, alpha, depth = seen_triton(optical, colour, middles, samples.first, samples.last, widths, counts)
    torch.testing.assert_close(seen, one.colour, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(alpha, one.alpha, rtol=1e-4, atol=1e-6)
    there = counts > 0
    torch.testing.assert_close(depth[there], median_depth(optical, samples)[there], rtol=1e-3, atol=1e-4)
    assert (depth[~there] == 0).all()


CAMERA = Camera(12, 9, 10, 10.5, 5.5, 4.8, (1, 0, 0, 0.3, 0, 0, -1, -5, 0, 1, 0, 0.2, 0, 0, 0, 1))


@pytest.mark.parametrize("opaque", [False, True])
@pytest.mark.parametrize("lens", [Lens(), Lens(LensModel.OPENCV, (0.05, 0, 0, 0))])
def test_a_picture_is_what_the_reference_shows(monkeypatch: pytest.MonkeyPatch, opaque: bool, lens: Lens) -> None:
    encoding = Encoding(8.0, Gamut.REC2020) if opaque else Encoding()
    field = field_with_things(opaque, encoding=encoding)
    ask = {
        "camera": replace(CAMERA, lens=lens),
        "shot_frame": 3.3,
        "quality": Quality.PREVIEW,
        "exposure": 0.7,
        "crop": None if opaque else ((-0.9, -1.4, -0.8), (0.8, 1.4, 1.9)),
    }
    with torch.no_grad():
        field.decoder.geometry[2].bias[0] = 4.0
    field.precision = Precision.FULL
    wanted = render_frame(field, **ask)
    field.precision = Precision.AUTO
    monkeypatch.setattr(view, "has_kernels", lambda _: True)
    told: list[float] = []
    seen = render_frame(field, **ask, progress=told.append)
    assert told[-1] == 1
    assert wanted.rgba[..., 3].std() > 0.1 or opaque, "something is seen, and not everywhere"
    np.testing.assert_allclose(seen.rgba, wanted.rgba, rtol=0.02, atol=2e-3)
    there = wanted.rgba[..., 3] > 0.05
    np.testing.assert_allclose(seen.depth[there], wanted.depth[there], rtol=0.01)
    with pytest.raises(Cancelled):
        render_frame(field, **ask, should_stop=lambda: True)
