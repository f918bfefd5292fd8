"""Adaptive sampling: rays gather where there is need, nothing is starved, and the pool may do as it likes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from bake.field.model import Field, FieldConfig
from bake.footage import Shot, read_shot
from bake.render.march import make_rays, march
from bake.render.sampling import Effort
from bake.training.attention import BLOCKS, MOST, NONE, SHARE, Attention
from bake.training.learning import Batch
from bake.training.pixels import BYTES_A_PIXEL, PixelPool, Room
from tests.footage.making import make_capture

FRAMES, SIZE = 6, (48, 32)
CPU = torch.device("cpu")
EFFORT = Effort(64, 16)


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """Six frames of nothing but noise."""
    path = make_capture(tmp_path, count=FRAMES, size=SIZE)
    random = np.random.default_rng(0)
    for number in range(FRAMES):
        noise = random.integers(0, 256, (SIZE[1], SIZE[0], 4), dtype=np.uint8)
        noise[..., 3] = 255 - number % 2
        Image.fromarray(noise).save(tmp_path / f"images/{number:04d}.png")
    return read_shot(path)


def attention_of(shot: Shot, share: float = 2.0, coarse: bool = False) -> tuple[PixelPool, Attention]:
    torch.manual_seed(0)
    room = Room(share * FRAMES * SIZE[0] * SIZE[1] * BYTES_A_PIXEL, 1000, coarse)
    pool = PixelPool(shot, CPU, 5, lambda: False, room)
    return pool, Attention(pool, FRAMES, 1 / (FRAMES - 1), CPU)


def still_field() -> Field:
    """Fog of which nothing depends on time: planes of time begin as ones, and the deformation as the identity."""
    torch.manual_seed(1)
    field = Field(
        FieldConfig((-1.5, -1.5, -1.5), (1.5, 1.5, 1.5), False, 0.0, FRAMES - 1.0, 0.01, 20.0, plane_times=(6, 6))
    )
    with torch.no_grad():
        for code in field.lattice.parameters():
            code.zero_()
    return field


def train(field: Field, pool: PixelPool, attention: Attention) -> None:
    """What a step tells the attention, without the step."""
    for _ in range(4):
        drawn = pool.rays(pool.draw(2000))
        batch = Batch(drawn, None, torch.rand(2000, 1 + EFFORT.samples), torch.rand(2000, 3))
        rays = make_rays(field, drawn.origins, drawn.directions, drawn.times)
        attention.learn(field, [batch], [march(field, rays, EFFORT, batch.jitter)])


def upper_share(pool: PixelPool, pixels: torch.Tensor) -> float:
    return float((pool.places(pixels)[1][:, 1] < 0.5).float().mean())


def test_rays_gather_on_what_moves_and_the_background_keeps_its_floor(shot: Shot) -> None:
    pool, attention = attention_of(shot)
    field = still_field()
    with torch.no_grad():
        for knots in field.planes.time:
            upper = knots.segments[0][:, 0, knots.segments[0].shape[2] // 2 :]
            upper.copy_(30 * torch.randn_like(upper))
    train(field, pool, attention)
    assert upper_share(pool, pool.draw(20_000)) == pytest.approx(0.5, abs=0.02)
    gathered = upper_share(pool, attention.draw(20_000))
    assert gathered > 0.65, "the upper half of space is what changes"
    assert 1 - gathered > 0.5 * (1 - SHARE), "half of the pixels keep at least half of the even share"


def test_noise_before_what_stands_still_draws_no_rays(shot: Shot) -> None:
    pool, attention = attention_of(shot)
    train(still_field(), pool, attention)
    assert int((attention.looks > 0).sum()) > 0.9 * FRAMES * BLOCKS**2
    likelihood = attention.likelihood(attention.blocks(pool.draw(1000)))
    assert torch.allclose(likelihood, torch.ones(1000), atol=0.01)


def test_pixels_are_drawn_by_their_likelihood(shot: Shot) -> None:
    pool, attention = attention_of(shot)
    attention.looks += 1
    attention.looks[::7] = 0
    attention.need = torch.rand(len(attention.need)) ** 8
    trained = torch.bincount(attention.blocks(pool.draw(400_000)), minlength=len(attention.need)) / 400_000
    known = attention.looks > 0
    mean = (attention.need * trained)[known].sum() / trained[known].sum()
    compared = torch.where(known, (attention.need + NONE) / (mean + NONE), 1).clamp(max=MOST)
    wanted = trained * (1 - SHARE + SHARE * compared)
    got = torch.bincount(attention.blocks(attention.draw(400_000)), minlength=len(wanted)) / 400_000
    assert float((got - wanted / wanted.sum()).abs().sum()) < 0.1, "an even draw would miss by 0.6"
    assert float((trained - wanted / wanted.sum()).abs().sum()) > 0.3


def test_the_pool_may_exchange_pixels_and_show_other_frames(shot: Shot) -> None:
    pool, attention = attention_of(shot, share=0.3, coarse=True)
    attention.looks += 1
    attention.need = torch.rand(len(attention.need))
    pool.show(np.arange(FRAMES) < 2)
    for step in range(12):
        pool.renew(step)
        pixels = attention.draw(1000, coarse=0.5)
        frames, place = pool.places(pixels)
        assert len(pixels) == 1000 and set(frames.tolist()) == {0, 1}
        drawn = pool.rays(pixels)
        for number in (0, 1):
            own = (frames == number).numpy()
            points = (drawn.origins + drawn.directions).double().numpy()[own]
            seen, _ = shot.frames[number].camera.project(points)
            np.testing.assert_allclose(seen / SIZE, place.numpy()[own], atol=1e-4)
    corner = place * torch.tensor(SIZE) - 0.5
    fine = ((corner - corner.round()).abs() < 1e-3).all(dim=1)
    assert float(fine.float().mean()) == pytest.approx(0.5, abs=0.1)
