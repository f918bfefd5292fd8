"""Speeds found in density that moves as a formula says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from bake.contract.errors import Cancelled
from bake.field.model import Field, FieldConfig
from bake.field.velocity import advances, knot_spacing, reach

FRAMES = 141
"""Even knots are four frames apart."""
Motion = Callable[[Tensor], Tensor]


class Balls(Field):
    """A ball of radius 0.2 in a box of two units whose place along x, of [-1, 1], a formula says; and a floor."""

    def __init__(self, motion: Motion, opaque: bool = False) -> None:
        sizes = {"log2_entries": 4, "planes": (4,), "plane_times": (2,), "occupancy_cells": 16}
        super().__init__(FieldConfig((-1, -1, -1), (1, 1, 1), opaque, 0, FRAMES - 1, 0.1, 10, **sizes))
        self.motion = motion
        self.occupancy.density.fill_(100.0)

    def density(self, unit: Tensor, time: Tensor) -> Tensor:
        points = (unit * 4 - 2) if self.config.opaque else (unit * 2 - 1)
        centre = torch.zeros(len(unit), 3)
        centre[:, 0] = self.motion(time * (FRAMES - 1))
        ball = (points - centre).norm(dim=1) < 0.2
        return 100.0 * (ball | (points[:, 2] < -0.8))


def found(motion: Motion, opaque: bool = False) -> list[tuple[float, float, float]]:
    seen = advances(Balls(motion, opaque), [float(frame) for frame in range(FRAMES)], lambda: False)
    return [(one.start, one.end, one.speed) for one in seen]


@pytest.mark.parametrize("a_frame", [0.12, 0.3, 0.6])
def test_a_ball_that_flies_has_the_speed_it_has(a_frame: float) -> None:
    seen = found(lambda frame: (a_frame * (frame - 70)).clamp(-0.75, 0.75))
    assert max(speed for *_, speed in seen) == pytest.approx(a_frame, rel=0.3)
    flying = 0.75 / a_frame
    assert all(start < 70 + flying and end > 70 - flying for start, end, _ in seen)


def test_what_the_codes_carry_is_not_fast() -> None:
    field = Balls(torch.zeros_like)
    assert knot_spacing(field) == 4 and reach(field) == 0.25
    assert reach(Balls(torch.zeros_like, opaque=True)) == 0.5
    carried = reach(field) / knot_spacing(field)
    assert found(lambda frame: 0.5 * torch.sin(frame * 0.7 * carried / 0.5)) == []
    assert found(torch.zeros_like) == []


def test_it_is_found_in_a_world_without_bounds() -> None:
    seen = found(lambda frame: (0.6 * (frame - 70)).clamp(-0.75, 0.75), opaque=True)
    assert max(speed for *_, speed in seen) == pytest.approx(0.6, rel=0.25)


def test_who_stops_it_need_not_wait() -> None:
    with pytest.raises(Cancelled):
        advances(Balls(torch.zeros_like), [0.0, 1.0], lambda: True)
