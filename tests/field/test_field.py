"""The field's blocks against their definitions, and its file against everything that can happen to a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bake.contract.errors import UserError
from bake.contract.field_file import FieldHeader
from bake.field.hash_grid import encode_reference, level_resolutions
from bake.field.hash_grid_numba import encode_numba
from bake.field.latents import TemporalLattice
from bake.field.model import Field, FieldConfig
from bake.field.planes import SpaceTimePlanes, planes_reference
from bake.field.planes_numba import planes_numba
from bake.field.storage import load_field, save_field

LOW, HIGH = (-1.0, -1.0, 0.0), (1.0, 1.0, 2.0)


def small_field() -> Field:
    torch.manual_seed(1)
    return Field(FieldConfig(LOW, HIGH, False, 0, 9, 0.1, 10, log2_entries=10, planes=(8,), plane_times=(4,)))


def save_small(path: Path) -> FieldHeader:
    header = FieldHeader("ball", 24.0, 0, 9, 10, (LOW, HIGH), False)
    return save_field(path, small_field(), header, {"cameras.shot_frame": torch.arange(10.0)})


def test_hash_grid_kernel_is_its_reference() -> None:
    generator = torch.Generator().manual_seed(0)
    resolutions = level_resolutions(4, 4, 90)
    table = torch.randn(4, 2**10, 4, generator=generator)
    points = torch.rand(3000, 3, generator=generator)
    wanted, got = [], []
    for encode, kept in ((encode_reference, wanted), (encode_numba, got)):
        own_table, own_points = table.clone().requires_grad_(), points.clone().requires_grad_()
        encoded = encode(own_points, own_table, resolutions)
        (encoded * torch.linspace(-1, 1, encoded.shape[1])).square().sum().backward()
        kept += [encoded.detach(), own_table.grad, own_points.grad]
    for one, other in zip(wanted, got, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3 * float(one.abs().max()))


def test_a_timeless_decoder_tells_instants_apart_by_motion_alone() -> None:
    field = small_field()
    points, towards = torch.rand(200, 3), torch.nn.functional.normalize(torch.randn(200, 3), dim=-1)
    early, late = (torch.full((200,), time) for time in (0.1, 0.9))
    assert torch.equal(field(points, early, towards, True)[1], field(points, late, towards, True)[1])
    assert not torch.equal(field(points, early, towards)[1], field(points, late, towards)[1])
    torch.nn.init.normal_(field.deformation.head.weight)
    assert not torch.equal(field(points, early, towards, True)[1], field(points, late, towards, True)[1])


def test_plane_kernel_is_its_reference() -> None:
    torch.manual_seed(0)
    planes = SpaceTimePlanes((8, 16), (4, 7), segments=3)
    points, times = torch.rand(2000, 3), torch.rand(2000)
    space, time = list(planes.space), planes.knots()
    places = [times, times.square()]
    one = planes_reference(points, places, space, time)
    other = planes_numba(points, places, space, time)
    torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    wanted = torch.autograd.grad(one.square().sum(), space + time)
    got = torch.autograd.grad(other.square().sum(), space + time)
    for a, b in zip(wanted, got, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


def test_deformation_begins_as_the_identity_with_two_hidden_layers() -> None:
    deformation = small_field().deformation
    layers = [module for module in deformation.modules() if isinstance(module, torch.nn.Linear)]
    assert len(layers) == 3, "two hidden layers and a head"
    moved = deformation(torch.rand(64, 3), torch.randn(64, layers[0].in_features - 27))
    assert (moved == 0).all()


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
