"""Steps that a GPU replays against steps that are said operation by operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from bake.contract.messages import Precision
from bake.field.model import Field, FieldConfig
from bake.render import compositing, sampling
from bake.render.march import make_rays, march
from bake.render.sampling import Effort
from bake.training.learning import Batch, learn, smooth
from bake.training.optimiser import Optimiser
from bake.training.pixels import Drawn
from bake.training.recorded import CannotRecord, copied, write_batch
from bake.training.stepping import Stepper
from bake.training.tracking import Sightings

pytest.importorskip("triton", reason="Triton is not installed")
EFFORT = Effort(24, 6)


def batch_of(field: Field, count: int, seed: int, timeless: bool = False) -> Batch:
    generator = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator)

    origins = torch.tensor([0.0, -4.0, 1.0]).expand(count, 3).contiguous()
    directions = torch.stack([random(count) - 0.5, torch.ones(count) * 2, random(count) - 0.5], dim=1)
    frames, pixels = torch.zeros(count, dtype=torch.int64), torch.arange(count)
    device = field.low.device
    parts = origins, directions, random(count), random(count, 4), frames, pixels
    rays = Drawn(*(part.to(device) for part in parts))
    return Batch(
        rays, None, random(count, 1 + EFFORT.samples).to(device), random(count, 3).to(device), timeless=timeless
    )


def small_field(device: str) -> Field:
    torch.manual_seed(3)
    sizes = {"log2_entries": 10, "planes": (8,), "plane_times": (4,), "trajectory_terms": 4, "occupancy_cells": 16}
    return Field(FieldConfig((-1.0, -1.0, 0.0), (1.0, 1.0, 2.0), False, 0, 9, 0.1, 10, twists=True, **sizes)).to(device)


def sightings_of(field: Field, seed: int) -> Sightings:
    generator, device = torch.Generator().manual_seed(seed), field.low.device
    time, other = torch.rand(2, 64, generator=generator)
    unit, aside = torch.rand(2, 64, 3, generator=generator)
    return Sightings(*(part.to(device) for part in (unit, time, other, 0.02 * aside)))


def test_a_batch_is_written_over_another_to_the_last_part() -> None:
    field = small_field("cpu")
    one, other = (
        replace(batch_of(field, 30, seed), depths=torch.full((7,), float(seed)), stops=torch.full((30, 3), float(seed)))
        for seed in (1, 2)
    )
    held = copied(one)
    write_batch(held, other)
    given, kept = (
        [*vars(batch.rays).values(), batch.depths, batch.jitter, batch.background, batch.stops]
        for batch in (other, held)
    )
    for wanted, got in zip(given, kept, strict=True):
        assert torch.equal(got, wanted) and got.data_ptr() != wanted.data_ptr()
    assert torch.equal(one.jitter, batch_of(field, 30, 1).jitter), "what was copied stays as it was"


def test_room_that_is_large_enough_changes_nothing_and_too_little_says_who_went_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for place in (sampling, compositing):
        monkeypatch.setattr(place, "has_kernels", lambda _: True)
    field = small_field("cuda" if torch.cuda.is_available() else "cpu")
    batch, parameters = batch_of(field, 40, 1), list(field.parameters())
    rays = make_rays(field, batch.rays.origins, batch.rays.directions, batch.rays.times)
    exact = march(field, rays, EFFORT, batch.jitter)
    needed = len(exact.samples.places)
    assert needed > 100
    roomy = march(field, rays, EFFORT, batch.jitter, room=needed + 50)
    torch.testing.assert_close(roomy.colour, exact.colour)
    assert roomy.samples.complete is not None and bool(roomy.samples.complete.all())
    short = march(field, rays, EFFORT, batch.jitter, room=needed // 2).samples
    assert short.complete is not None and 5 < int(short.complete.sum()) < 35
    assert int(short.counts.sum()) == needed // 2
    one = learn(field, parameters, EFFORT, batch, 1.0, 0.5)
    other = learn(field, parameters, EFFORT, batch, 1.0, 0.5, needed + 50)
    assert_alike(one.gradients, other.gradients)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_a_replayed_step_learns_what_a_step_learns() -> None:
    from bake.training.recorded import Recorder

    field = small_field("cuda")
    field.precision = Precision.FULL
    parameters, recorder = list(field.parameters()), Recorder(EFFORT, 4096)
    for seed, timeless, fraction in (
        (1, False, 0.5),
        (2, False, 0.6),
        (3, True, 0.6),
        (4, False, 0.01),
        (1, False, 0.5),
    ):
        batch, found = batch_of(field, 128, seed, timeless), sightings_of(field, seed)
        one = learn(field, parameters, EFFORT, batch, 1.0, fraction)
        smoothed = smooth(field, parameters, found, fraction).gradients
        wanted = [a if b is None else b if a is None else a + b for a, b in zip(one.gradients, smoothed, strict=True)]
        learnt = recorder.learn(field, parameters, batch, found, fraction)
        assert float(learnt.loss) == pytest.approx(float(one.loss), rel=1e-4)
        assert_alike(wanted, learnt.gradients)
        with torch.no_grad():
            field.grid.table.add_(0.05)


def assert_alike(one: Sequence[torch.Tensor | None], other: Sequence[torch.Tensor | None]) -> None:
    for a, b in zip(one, other, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            torch.testing.assert_close(b, a, rtol=0, atol=2e-3 * float(a.abs().max()) + 1e-9)


def test_a_bake_goes_on_where_a_step_cannot_be_recorded() -> None:
    class Refusing:
        asked = 0

        def learn(self, *_: object) -> None:
            self.asked += 1
            raise CannotRecord("not here")

    field = small_field("cpu")
    stepper, refusing = Stepper(torch.device("cpu"), EFFORT, "The bake", ""), Refusing()
    stepper._recorder = refusing  # type: ignore[assignment]
    optimiser = Optimiser(field)
    before = field.grid.table.detach().clone()
    for number in range(8):
        stepper.take(field, optimiser, batch_of(field, 1024, number), number=number, scale=1.0)
    assert refusing.asked == 1
    assert not torch.equal(field.grid.table, before)
    assert stepper.rays % 1024, "as many rays as are best, now that no recording has to fit them"
