"""A field that is read as instants need it, against the same field in memory as a whole."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bake.contract.camera import Camera
from bake.contract.errors import UserError
from bake.contract.field_file import FieldHeader
from bake.contract.messages import Quality
from bake.field.additions import addition_after
from bake.field.held_tensors import HeldTensors
from bake.field.model import Field, FieldConfig
from bake.field.storage import Packing, load_field, open_field, save_field
from bake.field.streaming import StoredOccupancy
from bake.field.velocity import knot_spacing
from bake.render.frame import render_frame
from bake.render.surfels import distil
from tests.footage.making import look_at

FRAMES, SEGMENTS, PARTS = 61, 6, 4
ROOM = 60_000
"""Less than half of what the file has."""
ADDED_ROOM = 300_000
ADDED = 7.5
"""Frames of each addition."""


def moving_field(finer: bool = False, opaque: bool = False) -> Field:
    """A field of which every instant says something else."""
    torch.manual_seed(5)
    sizes = {"log2_entries": 10, "planes": (8, 16), "plane_times": (3, 7), "occupancy_cells": 16, "lattice": (3, 9)}
    field = Field(
        FieldConfig(
            (-1, -1, -1), (1, 1, 1), opaque, 0, FRAMES - 1, 0.1, 10, segments=SEGMENTS, occupancy_parts=PARTS,
            trajectory_terms=4, twists=True, pictures=FRAMES, light_width=2, noisy_pictures=FRAMES, **sizes,
        )
    )  # fmt: skip
    with torch.no_grad():
        for own in field.parameters():
            own.add_(0.3 * torch.randn(own.shape))
        field.decoder.geometry[2].bias[0] += 2
        assert field.exposures is not None
        frames = torch.arange(FRAMES)
        field.exposures.describe(torch.rand(FRAMES, 2), torch.rand(FRAMES), frames.double(), 0 * frames)
        field.occupancy.density.copy_(8 * torch.rand(field.occupancy.density.shape) - 4).clamp_(min=0)
        if finer:
            field.refine(((0.2, 0.3, 2), (0.62, 0.7, 3)), {})
    return field


def adapted_field(additions: int, finer: bool = False) -> Field:
    """Such a field, and added time of which every stretch says something else. Each ends between two of its knots."""
    field = moving_field(finer)
    for _ in range(additions):
        end, config = field.config.end_frame, field.config
        added = field.append(
            addition_after(end, ADDED, knot_spacing(field), config.lattice, config.plane_times)
        ).requires_grad_(False)
        field.reach(end + ADDED)
        for own in added.parameters():
            own.add_(0.3 * torch.randn(own.shape))
    density = field.occupancy.density
    density[PARTS:] = (8 * torch.rand(density[PARTS:].shape) - 4).clamp(min=0)
    return field


def save(path: Path, field: Field, packing: Packing = Packing.PLAIN) -> Path:
    config = field.config
    header = FieldHeader("ball", 24.0, 0, config.end_frame, FRAMES, (config.low, config.high), config.opaque)
    save_field(path, field, header, {}, packing)
    return path


def held_by(field: Field) -> HeldTensors:
    assert isinstance(field.occupancy, StoredOccupancy)
    return field.occupancy.held_tensors


def picture(field: Field, shot_frame: float) -> np.ndarray:
    pose = tuple(look_at((2.4, 1.8, 1.2)).ravel())
    camera = Camera(24, 18, 26.0, 26.0, 12.0, 9.0, pose)
    frame = render_frame(field, camera, shot_frame, quality=Quality.PREVIEW, exposure_of=shot_frame)
    return np.concatenate([frame.rgba, frame.depth[..., None]], axis=-1)


@pytest.mark.parametrize(("finer", "opaque"), [(False, False), (True, True)])
def test_it_says_the_same_to_the_last_bit_at_any_time_in_any_order(tmp_path: Path, finer: bool, opaque: bool) -> None:
    path = save(tmp_path / "shot.stp", moving_field(finer, opaque))
    whole, streamed = load_field(path, "cpu"), open_field(path, "cpu", ROOM)
    joins = [(FRAMES - 1) * join / SEGMENTS for join in range(SEGMENTS + 1)]
    times = [0.0, *joins, *(join + 1e-3 for join in joins), *np.random.default_rng(1).uniform(0, FRAMES - 1, 12)]
    for shot_frame in np.random.default_rng(2).permutation(times):
        assert np.array_equal(picture(whole, shot_frame), picture(streamed, shot_frame)), shot_frame
        assert 0 < held_by(streamed).size <= ROOM
    assert picture(whole, 3.0)[..., 3].max() > 0.5 and not np.array_equal(picture(whole, 3.0), picture(whole, 50.0))
    one, other = distil(whole, 17.3, 1), distil(streamed, 17.3, 1)
    assert len(one.centres) and all(
        np.array_equal(vars(one)[name], vars(other)[name]) for name in ("centres", "colours")
    )


@torch.no_grad()
def test_samples_of_all_times_at_once_are_the_same_in_plain_torch_too(tmp_path: Path) -> None:
    path = save(tmp_path / "shot.stp", moving_field(finer=True))
    whole, streamed = load_field(path, "cpu"), open_field(path, "cpu", ROOM)
    points, times, towards = torch.rand(5000, 3), torch.rand(5000), torch.randn(5000, 3)
    times[:3] = torch.tensor([0.0, 1.0, 1 / SEGMENTS])
    for narrow in (times, 0.4 + 0.1 * times):
        for timeless in (False, True):
            given = points, narrow, towards, timeless
            for one, other in zip(whole(*given), streamed(*given), strict=True):
                assert torch.equal(one, other)
            for one, other in zip(whole.reference(*given), streamed.reference(*given), strict=True):
                assert torch.equal(one, other)
        assert torch.equal(whole.canonical(points, narrow), streamed.canonical(points, narrow))
        assert torch.equal(whole.density(points, narrow), streamed.density(points, narrow))
    nothing = points[:0], times[:0], towards[:0]
    assert [part.shape for part in streamed(*nothing)] == [part.shape for part in whole(*nothing)]


@torch.no_grad()
def test_what_a_window_says_is_what_all_knots_say() -> None:
    field = moving_field(finer=True)
    points, times, towards = torch.rand(3000, 3), 0.3 + 0.2 * torch.rand(3000), torch.randn(3000, 3)
    with torch.enable_grad():
        wanted = [part.detach() for part in field(points, times, towards)]
    for one, other in zip(wanted, field(points, times, towards), strict=True):
        assert torch.equal(one, other)


@torch.no_grad()
@pytest.mark.parametrize("packing", [Packing.PLAIN, Packing.EXACT])
def test_added_time_is_read_when_the_playhead_gets_there(tmp_path: Path, packing: Packing) -> None:
    """In whatever order; what is held does not grow with how often a field was adapted."""
    count = 9
    path = save(tmp_path / "shot.stp", adapted_field(count, finer=packing is Packing.PLAIN), packing)
    whole, streamed = load_field(path, "cpu"), open_field(path, "cpu", ADDED_ROOM)
    assert streamed.config == whole.config and not held_by(streamed).names()
    last = FRAMES - 1
    joins = [last + ADDED * number for number in range(count + 1)]
    times = [3.0, *joins, *(join + 1e-3 for join in joins[:-1]), *np.random.default_rng(1).uniform(0, joins[-1], 5)]
    for shot_frame in np.random.default_rng(2).permutation(times):
        assert np.array_equal(picture(whole, shot_frame), picture(streamed, shot_frame)), shot_frame
        assert 0 < held_by(streamed).size <= ADDED_ROOM < path.stat().st_size / 4
    assert not np.array_equal(picture(whole, last + 2), picture(whole, last + 2 + ADDED))
    points, towards = torch.rand(4000, 3), torch.randn(4000, 3)
    times_of_all = torch.rand(4000) * whole.normalised_time(joins[-1])
    for one, other in zip(whole(points, times_of_all, towards), streamed(points, times_of_all, towards), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(whole.canonical(points, times_of_all), streamed.canonical(points, times_of_all))


def test_nobody_sees_more_held_than_there_is_room_for() -> None:
    """Not even who looks while room is made."""
    held, seen = HeldTensors(None, torch.device("cpu"), 1000), []  # type: ignore[arg-type]

    class Looking(torch.nn.ParameterList):
        def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
            seen.append(held.size)
            return super().state_dict(*args, **kwargs)

    for name in range(9):
        held.made(str(name), lambda: Looking([torch.zeros(100)]))
    assert len(held.names()) == 2 and held.size == 800
    assert len(seen) > 9 and max(seen) <= 1000


def test_only_the_addition_in_use_and_the_one_beside_it_are_read(tmp_path: Path) -> None:
    path = save(tmp_path / "shot.stp", adapted_field(8))
    streamed = open_field(path, "cpu", 2**24)

    def read() -> set[str]:
        return {name for name in held_by(streamed).names() if name.startswith("field.additions")}

    def after(frames: float, wanted: set[int]) -> bool:
        picture(streamed, FRAMES - 1 + frames)
        names = {f"field.additions.{number}." for number in wanted}
        deadline = time.monotonic() + 20
        while read() != names and time.monotonic() < deadline:
            time.sleep(0.01)
        return read() == names

    assert after(-5, set())
    assert after(4.5 * ADDED, {4, 5})
    assert after(3.5 * ADDED, {2, 3, 4, 5}), "in the direction of play"


def test_the_part_that_comes_next_is_read_meanwhile(tmp_path: Path) -> None:
    path = save(tmp_path / "shot.stp", moving_field())
    streamed = open_field(path, "cpu", 2**20)
    last = FRAMES - 1

    def segments() -> set[int]:
        return {int(name.split(".")[-1]) for name in held_by(streamed).names() if "planes.time.0" in name}

    def after(shot_frame: float, wanted: set[int]) -> bool:
        picture(streamed, shot_frame)
        deadline = time.monotonic() + 20
        while segments() != wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        return segments() == wanted

    assert after(last * 2.2 / SEGMENTS, {2, 3})
    assert after(last * 3.2 / SEGMENTS, {2, 3, 4})
    assert after(last * 2.3 / SEGMENTS, {1, 2, 3, 4}), "in the direction of play"


def test_damage_is_told_when_it_is_reached_and_other_instants_still_show(tmp_path: Path) -> None:
    path = save(tmp_path / "shot.stp", moving_field())
    data = bytearray(path.read_bytes())
    start = 8 + struct.unpack("<Q", data[:8])[0]
    entry = json.loads(data[8:start])["field.planes.time.1.segments.4"]
    data[start + entry["data_offsets"][0] + 5] ^= 0x10
    whole = load_field(path, "cpu")
    path.write_bytes(data)
    streamed = open_field(path, "cpu", ROOM)
    for _ in range(2):
        for shot_frame in (3.0, 35.0, 59.0):
            assert np.array_equal(picture(streamed, shot_frame), picture(whole, shot_frame))
        with pytest.raises(UserError, match=r"shot\.stp is damaged: field\.planes\.time\.1\.segments\.4") as found:
            picture(streamed, 45.0)
        assert "Copy the file again" in found.value.hint
    with pytest.raises(UserError, match="damaged"):
        load_field(path, "cpu")
