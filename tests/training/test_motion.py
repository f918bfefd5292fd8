"""Motion is found: what moves is explained by the deformation, not by colours that change in place."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from bake.field.model import Field
from bake.footage import read_shot
from bake.training.bake import Bake, BakeSettings
from tests.footage.making import make_capture


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Field:
    """Of a ball that travels along x."""
    folder = tmp_path_factory.mktemp("ball")
    shot = read_shot(make_capture(folder, count=12, size=(48, 36)))
    settings = BakeSettings(device="cpu", steps=400, seed=4)
    bake = Bake(shot, folder / "ball.stp", settings, lambda _: None, lambda: False)
    bake.run()
    return bake.field


def test_a_ball_that_travels_is_one_ball_in_canonical_space(field: Field) -> None:
    places, canonical = _middles(field)
    assert _wandering(places) > 0.03, "the ball travels"
    assert _wandering(canonical) < 0.5 * _wandering(places)


@torch.no_grad()
def test_a_ball_is_followed_to_where_it_is(field: Field) -> None:
    assert field.trajectories is not None
    times = torch.linspace(0, 1, 9)
    filmed = torch.stack([times - 0.5, torch.zeros(9), torch.zeros(9)], dim=1)
    places, _ = field.to_unit(filmed)
    for seen in (0, 4, 8):
        name = field.canonical(places[[seen]], times[[seen]]).expand(9, 3)
        followed = field.trajectories.place(name, field.trajectories.series(name, torch.zeros(9).long()), times)
        missed = (followed - places).square().sum(dim=-1).mean().sqrt()
        # What stands still misses by 1 from the middle, and by 2 from either end.
        assert float(missed) < 0.8 * _wandering(places), f"from where it is at {seen} / 8 of the shot"


@torch.no_grad()
def _middles(field: Field) -> tuple[Tensor, Tensor]:
    """Middle of what is dense in each part of the shot, where it is seen and where the deformation takes it."""
    middles = []
    for part, density in enumerate(field.occupancy.density):
        unit = ((density > 2).nonzero().flip(-1) + 0.5) / field.occupancy.cells
        time = torch.full((len(unit),), (part + 0.5) / field.occupancy.parts)
        middles.append(torch.stack([unit.mean(dim=0), field.canonical(unit, time).mean(dim=0)]))
    places, canonical = torch.stack(middles).unbind(dim=1)
    return places, canonical


def _wandering(points: Tensor) -> float:
    return float((points - points.mean(dim=0)).square().sum(dim=-1).mean().sqrt())
