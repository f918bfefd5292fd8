"""A bake of faulty footage: what is noisy is found, what is faulty has no say, and it can be read back."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from bake.commands.command_line import main
from bake.compression.compress import CompressSettings, compress
from bake.contract.errors import Cancelled
from bake.contract.field_file import read_header
from bake.contract.found_noise import read_noise
from bake.field.noise import Noise
from bake.field.storage import load_field
from bake.footage import Shot, read_shot
from bake.training.bake import BakeSettings, bake_shot
from bake.training.pixels import Drawn
from bake.training.robust import colour_loss, noise_loss, weigh
from tests.footage.making import make_capture

COUNT, HOT, COVERED = 16, 5, 11
SETTINGS = BakeSettings(device="cpu", steps=200, seed=4, robust=True)


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """The moving ball; one picture of it is far too bright, before another there is something yellow."""
    folder = tmp_path_factory.mktemp("faulty")
    capture = make_capture(folder, count=COUNT, size=(48, 36))
    for number, path in enumerate(sorted((folder / "images").iterdir())):
        picture = np.asarray(Image.open(path)).copy()
        picture[..., :3] //= 2
        if number == HOT:
            picture[..., :3] = np.minimum(picture[..., :3] * 2.0 + 40, 255)
        if number == COVERED:
            picture[4:18, 4:24] = (255, 255, 0, 255)
        Image.fromarray(picture).save(path)
    return read_shot(capture)


@pytest.fixture(scope="module")
def field_file(faulty: Shot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("baked") / "ball.stp"
    bake_shot(faulty, path, SETTINGS, lambda _: None, never)
    return path


def test_faults_lose_their_say_and_are_named(field_file: Path) -> None:
    noise = load_field(field_file, "cpu").noise
    assert noise is not None
    trust = noise.trust()
    assert trust[HOT][noise.error[HOT] > 0.1].mean() < 0.5
    assert trust[COVERED].view(8, 8)[1:4, 1:4].mean() < 0.5
    sound = np.delete(trust.numpy(), [HOT, COVERED], axis=0)
    assert sound.mean() > 0.97
    header = read_header(field_file)
    found = read_noise(field_file, header.training)
    assert found is not None and header.training["noise"] is None, "a header does not grow with its shot"
    assert {HOT, COVERED} <= {round(at) for at, _ in found.faulty}
    np.testing.assert_allclose(found.trust, trust.mean(dim=1), rtol=1e-4)


def test_what_was_found_is_told_and_kept(field_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, small = read_header(field_file), tmp_path / "small.stp"
    found = read_noise(field_file, header.training)
    assert found is not None
    compress(field_file, small, None, None, CompressSettings(steps=1, device="cpu"), lambda _: None, never)
    assert read_noise(small, read_header(small).training) == found
    for path in (field_file, small):
        assert main(["info", str(path)]) == 0
        (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("Faulty frames"))
        assert f" {HOT} (" in line and f" {COVERED} (" in line
    # Files from before there was a tensor have it in their header.
    older = {name: list(values) for name, values in asdict(found).items()}
    assert read_noise(tmp_path / "not asked.stp", {**header.training, "noise": older}) == found


def test_without_it_a_field_knows_no_noise(faulty: Shot, tmp_path: Path) -> None:
    bake_shot(faulty, tmp_path / "ball.stp", replace(SETTINGS, robust=False, steps=2), lambda _: None, never)
    assert load_field(tmp_path / "ball.stp", "cpu").noise is None
    assert read_noise(tmp_path / "ball.stp", read_header(tmp_path / "ball.stp").training) is None


def test_it_goes_on_with_what_it_has_seen(faulty: Shot, tmp_path: Path) -> None:
    asked = iter([False] * 60 + [True] * 100)
    with pytest.raises(Cancelled):
        bake_shot(faulty, tmp_path / "ball.stp", replace(SETTINGS, steps=60), lambda _: None, lambda: next(asked))
    settings = replace(SETTINGS, steps=60, resume=True)
    bake_shot(faulty, tmp_path / "ball.stp", settings, lambda _: None, never)
    noise = load_field(tmp_path / "ball.stp", "cpu").noise
    assert noise is not None and noise.error.max() > 0


def test_a_noisy_picture_is_found_among_others() -> None:
    torch.manual_seed(0)
    noise, noisy = Noise(6), 2
    optimiser = torch.optim.Adam(noise.parameters(), lr=5e-2)
    for _ in range(600):
        rays = drawn(torch.randint(6, (512,)))
        true = torch.rand(512, 3) * 0.8 + 0.1
        deviation = torch.where(rays.frames == noisy, 0.08, 0.02)[:, None]
        loss = noise_loss(noise, rays, true, true + deviation * torch.randn(512, 3), torch.ones(512))
        optimiser.zero_grad()
        (loss + 5e-3 * noise.size()).backward()
        optimiser.step()
    frames = torch.arange(6)
    found = noise.variance(frames, torch.full((6, 3), 0.5)).mean(dim=1).sqrt().detach()
    np.testing.assert_allclose(found[noisy], 0.08, rtol=0.2)
    np.testing.assert_allclose(np.delete(found.numpy(), noisy), 0.02, rtol=0.2)
    assert noise.deviation()[noisy] > 3 * np.delete(noise.deviation().numpy(), noisy).max()


def test_rays_are_weighed_by_trust_over_variance() -> None:
    noise, rays, places = Noise(2), drawn(torch.tensor([0, 0, 1, 1])), torch.full((4, 2), 0.5)
    with torch.no_grad():
        noise.strength[1] = 8.0
    early = weigh(noise, rays, places, 0.1)
    assert bool((early.weights == 1).all()) and bool((early.trust == 1).all())
    late = weigh(noise, rays, places, 0.5)
    wanted = 1 / noise.variance(rays.frames, rays.rgba[:, :3]).detach()
    torch.testing.assert_close(late.weights, wanted / wanted.mean())
    assert late.weights[0].mean() > 1.5 * late.weights[2].mean()
    got, true = torch.rand(4, 3), torch.rand(4, 3)
    off = (got - true).abs()
    each = torch.where(off < 0.1, off**2 / 0.2, off - 0.05)
    torch.testing.assert_close(colour_loss(got, true, late), (late.weights * each).mean())
    torch.testing.assert_close(colour_loss(got, true, None), each.mean())


def test_noise_and_field_do_not_learn_from_each_other() -> None:
    noise, rays = Noise(1), drawn(torch.zeros(4, dtype=torch.int64))
    got = torch.rand(4, 3, requires_grad=True)
    noise_loss(noise, rays, got, torch.rand(4, 3), torch.ones(4)).backward()
    assert got.grad is None and noise.common.grad is not None
    assert not weigh(noise, rays, torch.rand(4, 2), 0.5).weights.requires_grad


def drawn(frames: torch.Tensor) -> Drawn:
    count = len(frames)
    rgba = torch.cat([torch.full((count, 3), 0.5), torch.ones(count, 1)], dim=1)
    return Drawn(torch.zeros(count, 3), torch.zeros(count, 3), torch.zeros(count), rgba, frames, torch.arange(count))
