"""Motion is found: what moves is explained by the deformation, not by colours that change in place."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from bake.field.model import Field
from bake.footage import read_shot
from bake.training.bake import Bake, BakeSettings
from tests.footage.making import make_capture


def test_a_ball_that_travels_is_one_ball_in_canonical_space(tmp_path: Path) -> None:
    shot = read_shot(make_capture(tmp_path, count=12, size=(48, 36)))
    bake = Bake(
        shot, tmp_path / "ball.stp", BakeSettings(device="cpu", steps=400, seed=4), lambda _: None, lambda: False
    )
    bake.run()
    places, canonical = _middles(bake.field)
    assert _wandering(places) > 0.03, "the ball travels"
    assert _wandering(canonical) < 0.5 * _wandering(places)


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
