"""The noise of pictures, and which parts of which are not to be trusted, from errors that are made up."""

from __future__ import annotations

import numpy as np
import torch

from bake.contract.colour import srgb_to_linear
from bake.field.noise import GRID, Noise, cell_of

COUNT = 40


def test_variance_is_that_of_light_at_the_slope_of_the_curve() -> None:
    noise = Noise(2)
    with torch.no_grad():
        noise.common.copy_(torch.tensor([4e-5, 3e-4, 1e-12]).log())
        noise.strength[1] = np.log(4.0)
    encoded = np.linspace(0.1, 0.9, 9, dtype=np.float32)
    step = np.float32(1e-2)
    slope = 2 * step / (srgb_to_linear(encoded + step) - srgb_to_linear(encoded - step))
    wanted = (4e-5 + 3e-4 * srgb_to_linear(encoded)) * slope**2
    colour = torch.from_numpy(encoded)[:, None].expand(-1, 3)
    for picture, times in ((0, 1), (1, 4)):
        found = noise.variance(torch.full((9,), picture), colour)[:, 0].detach().numpy()
        np.testing.assert_allclose(found, times * wanted + 1 / 255**2, rtol=0.02)


def test_fast_motion_keeps_its_trust_and_faults_lose_it() -> None:
    random = np.random.default_rng(0)
    error = random.uniform(0.02, 0.03, (COUNT, GRID, GRID))
    for picture in range(10, 22):
        error[picture, picture % GRID, (3 * picture) % GRID] = 0.4
    assert trusted(error).min() == 1
    hot, covered = 30, 5
    error[hot] = 0.2
    error[covered, 2:5, 3:6] = 0.2
    found = trusted(error)
    assert found[hot].max() == 0
    assert found[covered, 2:5, 3:6].max() == 0
    found[covered, 2:5, 3:6] = 1
    assert np.delete(found, hot, axis=0).min() == 1


def test_two_cameras_are_each_their_own_neighbours() -> None:
    error = np.full((2 * COUNT, GRID, GRID), 0.02)
    error[1:20:2] = 0.1
    stream = torch.arange(2 * COUNT) % 2
    assert trusted(error, torch.arange(2 * COUNT) // 2, stream).min() == 1


def test_no_more_than_a_quarter_loses_its_trust() -> None:
    random = np.random.default_rng(0)
    error = np.full((COUNT, GRID, GRID), 0.02)
    error[random.permutation(COUNT)[: COUNT // 2 - 2]] = 0.5
    assert (trusted(error) < 0.5).mean() <= 0.25


def test_old_notes_fade_and_few_rays_say_little() -> None:
    noise = Noise(1)
    noise.watch(torch.tensor([0, 0, 5]), torch.tensor([0.1, 0.3, 0.2]))
    assert 0 < noise.error[0, 0] < 0.05 and 0 < noise.error[0, 5] < noise.error[0, 0]
    for _ in range(20):
        noise.watch(torch.zeros(16, dtype=torch.int64), torch.full((16,), 0.7))
    torch.testing.assert_close(noise.error[0, 0], torch.tensor(0.7))


def test_parts_of_a_picture_are_counted_row_by_row() -> None:
    places = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 0.5], [1.0, 1.0]])
    cells = cell_of(torch.tensor([0, 0, 1, 1]), places)
    assert cells.tolist() == [0, GRID - 1, GRID**2 + GRID * GRID // 2, 2 * GRID**2 - 1]


def trusted(
    error: np.ndarray, shot_frame: torch.Tensor | None = None, stream: torch.Tensor | None = None
) -> np.ndarray:
    count = len(error)
    noise = Noise(count)
    noise.describe(
        torch.arange(count) if shot_frame is None else shot_frame,
        torch.zeros(count, dtype=torch.int64) if stream is None else stream,
    )
    noise.error.copy_(torch.from_numpy(error).view(count, -1))
    return noise.trust().view(count, GRID, GRID).numpy()
