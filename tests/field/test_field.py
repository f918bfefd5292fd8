"""The field's blocks against their definitions, and its file against everything that can happen to a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bake.contract.errors import UserError
from bake.contract.field_file import FieldHeader
from bake.contract.messages import Precision
from bake.field.deformation import displacement
from bake.field.latents import TemporalLattice
from bake.field.model import Field, FieldConfig
from bake.field.planes import SpaceTimePlanes
from bake.field.storage import load_field, save_field

LOW, HIGH = (-1.0, -1.0, 0.0), (1.0, 1.0, 2.0)


def small_field(twists: bool = False) -> Field:
    torch.manual_seed(1)
    sizes = {"log2_entries": 10, "planes": (8,), "plane_times": (4,)}
    return Field(FieldConfig(LOW, HIGH, False, 0, 9, 0.1, 10, twists=twists, **sizes))


def save_small(path: Path) -> FieldHeader:
    header = FieldHeader("ball", 24.0, 0, 9, 10, (LOW, HIGH), False)
    return save_field(path, small_field(), header, {"cameras.shot_frame": torch.arange(10.0)})


def rough_field(twists: bool = False) -> Field:
    """A field of two segments whose every parameter counts; its finest levels are hashed, its coarsest is not."""
    torch.manual_seed(0)
    sizes = {"log2_entries": 12, "coarsest": 8, "planes": (8, 16), "plane_times": (4, 7), "segments": 2}
    field = Field(FieldConfig(LOW, HIGH, False, 0, 9, 0.1, 10, twists=twists, **sizes))
    with torch.no_grad():
        for own in field.parameters():
            own.add_(0.2 * torch.randn(own.shape))
    return field


def gradients(field: Field, *values: torch.Tensor) -> dict[str, torch.Tensor]:
    field.zero_grad()
    torch.stack(
        [(value * torch.linspace(1, 2, value.shape[-1], device=value.device)).square().mean() for value in values]
    ).sum().backward()
    return {name: own.grad.clone() for name, own in field.named_parameters() if own.grad is not None}


def assert_same_gradients(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, wanted in one.items():
        torch.testing.assert_close(other[name], wanted, rtol=0, atol=1e-3 * float(wanted.abs().max()), msg=name)


@pytest.mark.parametrize("twists", [False, True])
@pytest.mark.parametrize("timeless", [False, True])
def test_the_fast_path_is_its_reference(timeless: bool, twists: bool) -> None:
    field = rough_field(twists)
    points, times = torch.rand(800, 3), torch.rand(800)
    towards = torch.nn.functional.normalize(torch.randn(800, 3), dim=-1)
    with torch.no_grad():
        # A place within rounding of a cell's face has the slope of either cell.
        cells = torch.tensor(field.grid.resolutions).view(1, 1, -1)
        scaled = field.canonical_reference(points, times)[..., None] * cells
        clear = ((scaled - scaled.round()).abs() > 1e-3).flatten(1).all(dim=1)
    given = points[clear], times[clear], towards[clear], timeless
    one, other = field.reference(*given), field(*given)
    for wanted, got in zip(one, other, strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-4)
    assert_same_gradients(gradients(field, *one), gradients(field, *other))
    with torch.no_grad():
        for wanted, got in zip(other, field(*given), strict=True):
            assert torch.equal(wanted, got), "what a picture shows is what the bake has seen"


@pytest.mark.parametrize("twists", [False, True])
def test_the_fast_paths_of_density_and_canonical_places_are_their_references(twists: bool) -> None:
    field = rough_field(twists)
    points, times = torch.rand(5000, 3), torch.rand(5000)
    one, other = field.canonical_reference(points, times), field.canonical(points, times)
    torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-5)
    assert_same_gradients(gradients(field, one), gradients(field, other))
    with torch.no_grad():
        wanted, got = field.density_reference(points, times), field.density(points, times)
        torch.testing.assert_close(got, wanted, rtol=1e-3, atol=1e-4)
        assert field.density(points[:0], times[:0]).shape == (0,)


def test_half_precision_says_nearly_the_same_and_learns_nearly_the_same() -> None:
    field = small_field(twists=True)
    given = torch.rand(2000, 3), torch.rand(2000), torch.nn.functional.normalize(torch.randn(2000, 3), dim=-1)
    said = field(*given)
    full = gradients(field, *said)
    field.precision = Precision.HALF
    said_in_half = field(*given)
    half = gradients(field, *said_in_half)
    for wanted, got in zip(said, said_in_half, strict=True):
        assert 0 < (got - wanted).norm() < 0.01 * wanted.norm()
    for name, wanted in full.items():
        assert (half[name] - wanted).norm() <= 0.05 * wanted.norm(), name


def test_a_timeless_decoder_tells_instants_apart_by_motion_alone() -> None:
    field = small_field()
    points, towards = torch.rand(200, 3), torch.nn.functional.normalize(torch.randn(200, 3), dim=-1)
    early, late = (torch.full((200,), time) for time in (0.1, 0.9))
    assert torch.equal(field(points, early, towards, True)[1], field(points, late, towards, True)[1])
    assert not torch.equal(field(points, early, towards)[1], field(points, late, towards)[1])
    torch.nn.init.normal_(field.deformation.head.weight)
    assert not torch.equal(field(points, early, towards, True)[1], field(points, late, towards, True)[1])


@pytest.mark.parametrize("twists", [False, True])
def test_deformation_begins_as_the_identity_with_two_hidden_layers(twists: bool) -> None:
    deformation = small_field(twists).deformation
    layers = [module for module in deformation.modules() if isinstance(module, torch.nn.Linear)]
    assert len(layers) == 3, "two hidden layers and a head"
    moved = deformation(torch.rand(64, 3), torch.randn(64, layers[0].in_features - 27))
    assert (moved == 0).all()


def test_what_turns_as_one_piece_has_one_twist() -> None:
    unit, angle, pivot = torch.rand(200, 3), 0.02, torch.tensor([0.3, 0.8, 0.5])
    turn = torch.tensor([[0.0, -angle, 0.0], [angle, 0.0, 0.0], [0.0, 0.0, 0.0]])
    away = (unit - pivot) @ torch.linalg.matrix_exp(turn).T - (unit - pivot)
    middle = (0.5 - pivot) @ turn.T
    twist = torch.tensor([*middle, 0.0, 0.0, angle / 2])
    torch.testing.assert_close(displacement(twist.expand(200, 6), unit), away, rtol=0, atol=angle**2)
    # Nothing that does not turn with a place could say as much.
    assert float((away - away.mean(dim=0)).abs().max()) > 10 * angle**2


def test_fields_of_before_say_displacements_and_are_as_they_were() -> None:
    document = small_field().config.to_json()
    assert "twists" not in document
    assert not FieldConfig.from_json(document).twists
    assert FieldConfig.from_json(small_field(True).config.to_json()).twists


def test_codes_are_continuous_in_time() -> None:
    lattice = small_field().lattice
    time = torch.linspace(0, 1, 2001)
    assert float(lattice(time).diff(dim=0).abs().max().detach()) < 0.01


def test_file_round_trip(tmp_path: Path) -> None:
    header = save_small(tmp_path / "ball.stp")
    assert len(header.content_hash) == 64
    loaded = load_field(tmp_path / "ball.stp", "cpu")
    for name, value in small_field().state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name]), name
    assert [path.name for path in tmp_path.iterdir()] == ["ball.stp"]


@pytest.mark.parametrize("fault", ["cut", "garbage", "flipped", "missing"])
def test_damaged_files_are_told(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "ball.stp"
    save_small(path)
    data = bytearray(path.read_bytes())
    if fault == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif fault == "garbage":
        path.write_bytes(b"not a field at all" * 100)
    elif fault == "flipped":
        data[-100] ^= 0x55
        path.write_bytes(data)
    else:
        path.unlink()
    with pytest.raises(UserError, match=r"ball\.stp"):
        load_field(path, "cpu")


def test_there_is_no_seam_where_segments_join() -> None:
    torch.manual_seed(0)
    lattice, planes = TemporalLattice((4, 12), 8, segments=4), SpaceTimePlanes((8,), (5,), segments=4)
    for part in planes.time.parameters():
        torch.nn.init.uniform_(part)
    points = torch.rand(64, 1, 3).expand(-1, 401, -1).reshape(-1, 3)
    time = torch.linspace(0, 1, 401)
    codes = torch.cat([lattice(time.repeat(64)), planes(points, time.repeat(64))], dim=1)
    change = codes.detach().reshape(64, 401, -1).diff(dim=1).abs()
    # A join is a knot: what changes in the step before it and after it is the change between knots, never a jump.
    for join in (100, 200, 300):
        before, after = (change[:, step] for step in (join - 1, join))
        torch.testing.assert_close(before, change[:, join - 2], atol=1e-5, rtol=1e-3)
        torch.testing.assert_close(after, change[:, join + 1], atol=1e-5, rtol=1e-3)
    torch.manual_seed(3)
    whole = TemporalLattice((10,), 2)
    torch.manual_seed(3)
    assert torch.equal(whole(time), TemporalLattice((4,), 2, segments=3)(time))
