"""Fast motion: found where it is, given more knots, and nothing changed where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bake.contract.fast_motion import FastMotion
from bake.contract.field_file import read_header
from bake.field.model import Field, FieldConfig
from bake.field.storage import load_field
from bake.field.velocity import Advance
from bake.footage import read_shot
from bake.training.bake import Bake, BakeSettings, bake_shot
from bake.training.fast_motion import fast_frames, stretches
from tests.footage.making import make_capture

SETTINGS = BakeSettings(device="cpu", steps=20, seed=4, fast_motion=True)


def long_field() -> Field:
    """Its even knots are four frames apart, and carry a quarter of a unit from one to the next."""
    sizes = {"log2_entries": 4, "planes": (4,), "plane_times": (2,), "occupancy_cells": 4}
    return Field(FieldConfig((-1, -1, -1), (1, 1, 1), False, 0, 140, 0.1, 10, **sizes))


def test_knots_are_as_dense_as_speed_asks_and_no_denser_than_frames() -> None:
    field, carried = long_field(), 0.25 / 4
    assert stretches(field, []) == () and stretches(field, [Advance(10, 14, 0.25)]) == ()
    assert stretches(field, [Advance(70, 73, 3 * 1.5 * carried)]) == ((66 / 140, 77 / 140, 1),)
    assert stretches(field, [Advance(70, 71, 16 * carried)]) == ((66 / 140, 75 / 140, 2),)
    joined = stretches(field, [Advance(72, 73, 16 * carried), Advance(70, 73, 4.5 * carried), Advance(99, 100, 1.0)])
    assert joined == ((66 / 140, 77 / 140, 2), (95 / 140, 104 / 140, 2))


def test_a_slow_shot_is_baked_as_if_nobody_had_looked(tmp_path: Path) -> None:
    shot = read_shot(make_capture(tmp_path, count=60, size=(24, 18)))
    fields = []
    for fast in (True, False):
        settings = replace(SETTINGS, steps=130, fast_motion=fast)
        header = bake_shot(shot, tmp_path / f"{fast}.stp", settings, lambda _: None, lambda: False)
        fields.append(load_field(tmp_path / f"{fast}.stp", "cpu"))
        assert (header.training["fast_motion"] is not None) == fast
    assert fields[0].config.finer == () and fields[1].config.finer is None
    for (name, one), other in zip(fields[0].state_dict().items(), fields[1].state_dict().values(), strict=True):
        assert torch.equal(one, other), name


def test_a_bake_goes_on_after_its_codes_were_made_finer(tmp_path: Path) -> None:
    shot = read_shot(make_capture(tmp_path, count=60, size=(24, 18)))
    output, finer = tmp_path / "ball.stp", ((0.4, 0.5, 2),)
    bake = Bake(shot, output, SETTINGS, lambda _: None, lambda: False)
    for _ in range(5):
        bake.step_once()
    held = [knots() * 2 for knots in (bake.field.lattice.scales[-1], bake.field.planes.levels[-1])]
    bake.field.refine(finer, bake.optimiser.state)
    bake.shown_since = bake.shown_since[:1].expand(bake.field.occupancy.parts).clone()
    fast = fast_frames(shot, bake.field)
    assert [frame.shot_frame for frame, chosen in zip(shot.frames, fast, strict=True) if chosen] == [26, 27]
    bake.step_once()
    del held
    bake._save()
    header = bake_shot(shot, output, replace(SETTINGS, resume=True), lambda _: None, lambda: False)
    assert header.training["steps"] == 20 and load_field(output, "cpu").config.finer == finer
    told = FastMotion.from_json(read_header(output).training["fast_motion"])
    assert told.refined[0] == pytest.approx((0.4 * 59, 0.5 * 59, 4))
    assert "finer in frames 24 to 30 (4 times)" in told.sentence(1.0)
