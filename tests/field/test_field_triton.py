"""The field's kernels for GPUs against their definitions, forward and backward."""

from __future__ import annotations

import pytest
import torch

from bake.contract.messages import Precision
from bake.field import model_fused
from bake.field.kernels import kernels_by
from bake.field.model import Field
from tests.field.test_field import assert_same_gradients, gradients, rough_field

pytest.importorskip("triton", reason="Triton is not installed")

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
"""Without a GPU, Triton interprets its kernels."""


@pytest.fixture(autouse=True)
def kernels_of_triton(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_fused, "kernels_for", lambda _: kernels_by("triton"))


@pytest.mark.parametrize(("timeless", "twists"), [(False, False), (True, False), (True, True)])
def test_what_the_field_says_is_its_reference(timeless: bool, twists: bool) -> None:
    field = rough_field(twists).to(DEVICE)
    field.precision = Precision.FULL
    points, times = torch.rand(300, 3, device=DEVICE), torch.rand(300, device=DEVICE)
    towards = torch.nn.functional.normalize(torch.randn(300, 3, device=DEVICE), dim=-1)
    with torch.no_grad():
        # A place within rounding of a cell's face has the slope of either cell.
        cells = torch.tensor(field.grid.resolutions, device=DEVICE).view(1, 1, -1)
        scaled = field.canonical_reference(points, times)[..., None] * cells
        clear = ((scaled - scaled.round()).abs() > 1e-3).flatten(1).all(dim=1)
    given = points[clear], times[clear], towards[clear], timeless
    one, other = field.reference(*given), model_fused.values(field, *given)
    for wanted, got in zip(one, other, strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-4)
    assert_same_gradients(gradients(field, *one), gradients(field, *other))
    with torch.no_grad():
        for wanted, got in zip(other, model_fused.values(field, *given), strict=True):
            torch.testing.assert_close(got, wanted)
        torch.testing.assert_close(
            model_fused.density(field, *given[:2]), field.density_reference(*given[:2]), rtol=1e-3, atol=1e-4
        )


def test_canonical_places_are_their_reference() -> None:
    field = rough_field().to(DEVICE)
    field.precision = Precision.FULL
    points, times = torch.rand(300, 3, device=DEVICE), torch.rand(300, device=DEVICE)
    one, other = field.canonical_reference(points, times), model_fused.canonical(field, points, times)
    torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-5)
    assert_same_gradients(gradients(field, one), gradients(field, other))


def test_no_samples_are_no_trouble() -> None:
    field = rough_field().to(DEVICE)
    none = torch.zeros(0, 3, device=DEVICE)
    density, colour = model_fused.values(field, none, none[:, 0], none, False)
    assert density.shape == (0,)
    assert colour.shape == (0, 3)


@pytest.mark.parametrize("twists", [False, True])
def test_at_one_instant_all_is_as_ever_but_for_half_precision(twists: bool) -> None:
    from bake.field.instant_triton import at_instant, look

    field, time = smooth_field(twists).to(DEVICE), 0.37
    field.precision = Precision.FULL
    points = torch.rand(200, 3, device=DEVICE)
    towards = torch.nn.functional.normalize(torch.randn(20, 3, device=DEVICE), dim=-1)
    ray, stretch = torch.arange(200, device=DEVICE) // 10, torch.linspace(1, 2, 20, device=DEVICE)
    widths = torch.rand(200, device=DEVICE)
    with torch.no_grad():
        density, colour = field.reference(points, torch.full_like(widths, time), towards[ray])
        instant = at_instant(field, time)
        optical, seen = look(instant, points, widths, ray.int(), towards, stretch)
        torch.testing.assert_close(optical, density * widths * stretch[ray], rtol=0.02, atol=1e-4)
        torch.testing.assert_close(seen, colour, rtol=0, atol=0.015)
        field.grid.table.add_(0.1)
        assert not torch.equal(look(at_instant(field, time), points, widths, ray.int(), towards, stretch)[1], seen)
        assert len(look(instant, points[:0], widths[:0], ray[:0].int(), towards, stretch)[0]) == 0


def smooth_field(twists: bool) -> Field:
    """As trained fields are: what half precision rounds does not decide what is seen."""
    field = rough_field(twists)
    with torch.no_grad():
        field.grid.table.mul_(0.2)
    return field
