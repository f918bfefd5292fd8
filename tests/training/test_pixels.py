"""The pool of pixels: footage that does not fit comes in slices, in the end all of it, and always in the same order."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from bake.contract.errors import UserError
from bake.footage import Shot, read_shot
from bake.footage.pixels import load_pixels
from bake.training.frame_pixels import COARSE
from bake.training.pixels import BYTES_A_PIXEL, Drawn, PixelPool, Room
from tests.footage.making import edited, make_capture

FRAMES, SIZE = 6, (48, 36)
PIXELS = FRAMES * SIZE[0] * SIZE[1]
SHARE = 0.15


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """Six frames, of which the first is half hidden by a mask."""
    path = make_capture(tmp_path, count=FRAMES, size=SIZE)
    mask = np.full(SIZE[::-1], 255, dtype=np.uint8)
    mask[:, : SIZE[0] // 2] = 0
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    return read_shot(edited(path, lambda document: document["frames"][0].update(mask_path="mask.png")))


def pool_of(shot: Shot, share: float, coarse: bool = False) -> PixelPool:
    torch.manual_seed(0)
    room = Room(share * PIXELS * BYTES_A_PIXEL, 1000, coarse)
    return PixelPool(shot, torch.device("cpu"), 5, lambda: False, room)


def seen_by(shot: Shot, drawn: Drawn, shrunk: int = 1) -> set[tuple[int, int]]:
    """Frame and place of rays; each must see what its picture shows there."""
    found = set()
    times = torch.tensor([frame.shot_frame for frame in shot.frames]) / shot.last_frame
    owner = (drawn.times[:, None] - times).abs().argmin(dim=1).numpy()
    for number in np.unique(owner):
        frame = shot.frames[number]
        camera = frame.camera.resized(SIZE[0] // shrunk, SIZE[1] // shrunk)
        own = torch.from_numpy(owner == number)
        points = (drawn.origins + drawn.directions)[own].double().numpy()
        column, row = np.round(camera.project(points)[0] - 0.5).astype(int).T
        np.testing.assert_allclose(camera.project(points)[0], np.stack([column, row], axis=1) + 0.5, atol=1e-3)
        if shrunk == 1:
            np.testing.assert_allclose(drawn.rgba[own].numpy(), load_pixels(frame)[row, column], atol=1e-6)
        found |= {(int(number), int(place)) for place in row * camera.width + column}
    return found


def usable() -> set[tuple[int, int]]:
    everything = {(number, place) for number in range(FRAMES) for place in range(SIZE[0] * SIZE[1])}
    return {(number, place) for number, place in everything if number or place % SIZE[0] >= SIZE[0] // 2}


def test_a_shot_that_fits_is_held_whole(shot: Shot) -> None:
    pool = pool_of(shot, 1.0)
    trained, held_out = seen_by(shot, pool.rays(pool.draw(200_000))), seen_by(shot, pool.rays(pool.held_out))
    assert pool.whole and trained | held_out == usable() and not trained & held_out
    index, found = pool.find(torch.tensor([0, 0, 3]), torch.tensor([2, 30, 77]))
    wanted = [place in trained for place in ((0, 2), (0, 30), (3, 77))]
    assert found.tolist() == wanted and not wanted[0]
    assert seen_by(shot, pool.rays(index[found])) == {(0, 30), (3, 77)} & trained


def test_a_shot_that_does_not_fit_comes_in_slices(shot: Shot) -> None:
    pool, again = pool_of(shot, SHARE), pool_of(shot, SHARE)
    held_out, trained = seen_by(shot, pool.rays(pool.held_out)), set()
    for step in range(50):
        pool.renew(step)
        held = seen_by(shot, pool.rays(pool.draw(8_000)))
        assert len(held) <= SHARE * PIXELS and {number for number, _ in held} == set(range(FRAMES))
        trained |= held
    assert trained | held_out == usable() and not trained & held_out
    again.renew(49)
    torch.manual_seed(1)
    one = pool.rays(pool.draw(500))
    torch.manual_seed(1)
    other = again.rays(again.draw(500))
    assert torch.equal(one.rgba, other.rgba) and torch.equal(one.directions, other.directions)


def test_coarse_pixels_are_means_of_what_is_trained_on(shot: Shot) -> None:
    pool = pool_of(shot, 2.0, coarse=True)
    drawn = pool.rays(pool.draw(3000, coarse=1.0))
    assert len(seen_by(shot, drawn, shrunk=COARSE)) > 0.9 * (FRAMES - 0.5) * SIZE[0] * SIZE[1] / COARSE**2
    light = np.mean([np.mean(p[..., :3] * p[..., 3:]) for p in map(load_pixels, shot.frames[1:])])
    coarse = drawn.rgba[drawn.times > 0]
    assert abs(float((coarse[:, :3] * coarse[:, 3:]).mean()) - light) < 0.1 * light


def test_footage_that_vanishes_or_changes_is_told(shot: Shot) -> None:
    pool = pool_of(shot, SHARE)
    shot.frames[1].picture.path.unlink()
    with pytest.raises(UserError, match=r"0001\.png.*missing"):
        pool.renew(60)
    pool = pool_of(Shot(**{**vars(shot), "frames": (shot.frames[0], *shot.frames[2:])}), SHARE)
    mask = shot.frames[0].picture.mask
    cv2.imwrite(str(mask), np.full(SIZE[::-1], 255, dtype=np.uint8))
    with pytest.raises(UserError, match=r"0000\.png.*changed"):
        pool.renew(60)
