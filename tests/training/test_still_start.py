"""A young bake hardly moves anything: space that is moved aside before anything is known stays there."""

from __future__ import annotations

from pathlib import Path

import torch

from bake.footage import read_shot
from bake.training.bake import Bake, BakeSettings
from tests.bench.degraded import degrade
from tests.bench.quality import BOOKS

STEPS = 20


def test_space_as_a_whole_stays_where_it_is_until_something_is_known(tmp_path: Path) -> None:
    shot = read_shot(degrade(BOOKS, tmp_path, (), 0, 48))
    for seed in range(3):
        settings = BakeSettings(device="cpu", steps=400, seed=seed, picture=False)
        bake = Bake(shot, tmp_path / "hand.stp", settings, lambda _: None, lambda: False)
        for _ in range(STEPS):
            bake.step_once()
        points, times = torch.rand(5000, 3), torch.rand(5000)
        with torch.no_grad():
            aside = (bake.field.canonical(points, times) - points).mean(dim=0).norm()
        assert 0 < aside < 0.01, "edges of the cube; twice that where it learns at its rate from the first step"
