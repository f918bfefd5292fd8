"""The bake itself: the same twice, better than the mean picture, and unforgiving about foreign checkpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save

from bake.contract.errors import Cancelled, UserError
from bake.contract.field_file import read_header
from bake.contract.messages import Progress
from bake.footage import read_shot
from bake.footage.pixels import load_pixels
from bake.training import bake
from bake.training.bake import BakeSettings, _config, bake_shot
from bake.training.bounds import find_bounds
from tests.footage.making import make_capture

SETTINGS = BakeSettings(device="cpu", steps=25, seed=4)


def never() -> bool:
    return False


@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, pixel_memory=5e-5, curriculum=True, adaptive=True)])
def test_same_seed_same_field(tmp_path: Path, settings: BakeSettings) -> None:
    shot = read_shot(make_capture(tmp_path, count=8, size=(48, 36)))
    hashes = []
    for name in ("one.stp", "two.stp"):
        bake_shot(shot, tmp_path / name, settings, lambda _: None, never)
        hashes.append((tmp_path / name).read_bytes()[-100_000:])
    assert hashes[0] == hashes[1]


def test_it_learns(tmp_path: Path) -> None:
    shot = read_shot(make_capture(tmp_path, count=8, size=(48, 36)))
    seen = np.concatenate([(p[..., :3] * p[..., 3:]).reshape(-1, 3) for p in map(load_pixels, shot.frames)])
    mean_colour = -10 * np.log10(np.square(seen - seen.mean(axis=0)).mean())
    told: list[Progress] = []
    header = bake_shot(shot, tmp_path / "ball.stp", replace(SETTINGS, steps=250), told.append, never)
    assert header.training["psnr"] > mean_colour + 4 and told[-1].fraction == 1
    assert read_header(tmp_path / "ball.stp").content_hash == header.content_hash


@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, adaptive=True)])
def test_cancel_keeps_the_old_field_and_a_checkpoint_that_fits_only_itself(
    tmp_path: Path, settings: BakeSettings
) -> None:
    shot = read_shot(make_capture(tmp_path, count=8, size=(48, 36)))
    output = tmp_path / "ball.stp"
    output.write_bytes(b"the field of yesterday")
    asked = iter([False] * 20 + [True] * 100)
    with pytest.raises(Cancelled):
        bake_shot(shot, output, settings, lambda _: None, lambda: next(asked))
    assert output.read_bytes() == b"the field of yesterday"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bake, "_config", lambda *given: replace(_config(*given), twists=False))
        with pytest.raises(UserError, match="a version of SpaceTimePilot"):
            bake_shot(shot, output, replace(settings, resume=True), lambda _: None, never)
    with pytest.raises(UserError, match="other settings"):
        bake_shot(shot, output, replace(settings, seed=5, resume=True), lambda _: None, never)
    checkpoint = tmp_path / "ball.stp.bake/checkpoint.safetensors"
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged"):
        bake_shot(shot, output, replace(settings, resume=True), lambda _: None, never)
    checkpoint.write_bytes(whole)
    with safe_open(checkpoint, framework="pt") as opened:
        metadata = opened.metadata()
    older = {name: value for name, value in load_file(checkpoint).items() if not name.endswith("momentum")}
    checkpoint.write_bytes(save(older, metadata))
    with pytest.raises(UserError, match="a version of SpaceTimePilot"):
        bake_shot(shot, output, replace(settings, resume=True), lambda _: None, never)
    checkpoint.write_bytes(whole)
    assert bake_shot(shot, output, replace(settings, resume=True), lambda _: None, never).training["steps"] == 25
    assert not checkpoint.exists()


@pytest.mark.parametrize(("size", "fine"), [((48, 36), False), ((560, 420), True)])
def test_a_gpu_has_finer_cells_for_large_pictures_of_a_subject_and_coarse_planes(
    tmp_path: Path, size: tuple[int, int], fine: bool
) -> None:
    """What is fine in planes belongs to one instant: of random views it would be one view, learnt by heart."""
    shot = read_shot(make_capture(tmp_path, count=4, size=size))
    usual, large = (_config(shot, find_bounds(shot, None), torch.device(device)) for device in ("cpu", "cuda"))
    assert (large.finest > usual.finest, large.log2_entries > usual.log2_entries) == (fine, fine)
    assert large.planes == usual.planes
