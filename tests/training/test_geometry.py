"""What the bake finds out before it begins: landmarks of opaque footage, and the box that the subject lives in."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from bake.footage import Shot, read_shot
from bake.training.bounds import find_bounds
from bake.training.landmarks import FEWEST, Landmarks, find_landmarks, measured_landmarks
from bake.training.learning import Anchors
from bake.training.pixels import PixelPool, Room
from tests.footage.making import look_at, make_capture

SIZE, FOCAL = (160, 120), 150.0


def wall_capture(folder: Path, *, still: bool = False) -> Path:
    """Opaque footage of a patterned wall in the plane x = 0, filmed from some four units away by a moving camera."""
    generator = np.random.default_rng(0)
    pattern = cv2.GaussianBlur(generator.random((600, 600), dtype=np.float32), (0, 0), 3)
    pattern = np.clip((pattern - 0.5) * 8 + 0.5, 0, 1)
    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    for number in range(10):
        pose = look_at((4.0, 0.0 if still else 0.25 * (number - 5), 0.5))
        x, y = np.meshgrid(np.arange(SIZE[0]) + 0.5 - SIZE[0] / 2, np.arange(SIZE[1]) + 0.5 - SIZE[1] / 2)
        rays = np.stack([x / FOCAL, -y / FOCAL, -np.ones_like(x)], axis=-1) @ pose[:3, :3].T
        places = pose[:3, 3] - rays * (pose[0, 3] / rays[..., :1])
        u, v = ((places[..., axis] * 60 + 300).astype(np.float32) for axis in (1, 2))
        seen = cv2.remap(pattern, u, v, cv2.INTER_LINEAR)
        Image.fromarray((np.repeat(seen[..., None], 3, axis=2) * 255).astype(np.uint8)).save(folder / f"{number}.png")
        frames.append({"file_path": f"{number}.png", "time": number / 9, "transform_matrix": pose.tolist()})
    document = {"w": SIZE[0], "h": SIZE[1], "fl_x": FOCAL, "fl_y": FOCAL, "cx": 80, "cy": 60, "frames": frames}
    path = folder / "transforms.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shot, Landmarks]:
    shot = read_shot(wall_capture(tmp_path_factory.mktemp("wall")))
    return shot, find_landmarks(shot, lambda: False)


def test_landmarks_lie_on_what_was_filmed(wall: tuple[Shot, Landmarks]) -> None:
    shot, landmarks = wall
    assert len(landmarks) > 10 * FEWEST
    assert np.percentile(np.abs(landmarks.points[:, 0]), 90) < 0.1
    frame = shot.frames[3].camera
    own = landmarks.frame == 3
    pixel, depth = frame.project(landmarks.points[own])
    np.testing.assert_allclose(depth, landmarks.depth[own])
    seen = np.stack(np.divmod(landmarks.pixel[own], SIZE[0])[::-1], axis=1) + 0.5
    assert np.percentile(np.linalg.norm(pixel - seen, axis=1), 90) < 1.5


def test_landmarks_set_the_box_and_the_depths(wall: tuple[Shot, Landmarks]) -> None:
    shot, landmarks = wall
    bounds = find_bounds(shot, landmarks)
    assert bounds.low[0] < -0.01 and bounds.high[0] > 0.01 and bounds.low[1] < -1 and bounds.high[1] > 1
    assert bounds.near < 3 and 8 < bounds.far < 100


def test_a_camera_that_stands_still_has_no_landmarks(tmp_path: Path) -> None:
    shot = read_shot(wall_capture(tmp_path, still=True))
    landmarks = find_landmarks(shot, lambda: False)
    assert len(landmarks) == 0
    bounds = find_bounds(shot, landmarks)
    assert 0 < bounds.near < bounds.far and all(a < b for a, b in zip(bounds.low, bounds.high, strict=True))


def test_the_box_of_a_subject_holds_all_of_its_ways(tmp_path: Path) -> None:
    bounds = find_bounds(read_shot(make_capture(tmp_path, count=24, size=(64, 48))), None)
    low, high = np.array(bounds.low), np.array(bounds.high)
    assert (low <= (-1.3, -0.8, -0.8)).all() and (high >= (1.3, 0.8, 0.8)).all()
    assert (high - low).max() < 6


def test_depth_maps_take_the_place_of_landmarks(tmp_path: Path) -> None:
    path = wall_capture(tmp_path / "wall", still=True)
    assert measured_landmarks(read_shot(path), 0, lambda: False) is None
    document = json.loads(path.read_text(encoding="utf-8"))
    for number, frame in enumerate(document["frames"]):
        pose = np.array(frame["transform_matrix"])
        x, y = np.meshgrid(np.arange(SIZE[0]) + 0.5 - SIZE[0] / 2, np.arange(SIZE[1]) + 0.5 - SIZE[1] / 2)
        rays = np.stack([x / FOCAL, -y / FOCAL, -np.ones_like(x)], axis=-1) @ pose[:3, :3].T
        depth = -pose[0, 3] / rays[..., 0]
        depth[:40] = np.nan
        np.save(path.parent / f"{number}.npy", depth)
        frame["depth_file_path"] = f"{number}.npy"
    path.write_text(json.dumps(document), encoding="utf-8")
    shot = read_shot(path)
    found = measured_landmarks(shot, 0, lambda: False)
    assert found is not None and set(found.frame) == set(range(10)) and found.pixel.min() >= 40 * SIZE[0]
    assert np.abs(found.points[:, 0]).max() < 1e-4, "all lie in the wall"
    pool = PixelPool(shot, torch.device("cpu"), 0, lambda: False, Room(2**30, 1024, coarse=False))
    anchors = Anchors.of(found, pool, torch.device("cpu"))
    assert anchors is not None
    rays = pool.rays(anchors.pixel)
    assert (rays.origins + rays.directions * anchors.depth[:, None])[:, 0].abs().max() < 1e-4


def test_no_landmarks_on_what_moves(tmp_path: Path) -> None:
    path = wall_capture(tmp_path / "wall")
    moving = np.zeros(SIZE[::-1], dtype=np.uint8)
    moving[:, :80] = 255
    Image.fromarray(moving).save(path.parent / "moving.png")
    document = json.loads(path.read_text(encoding="utf-8"))
    for frame in document["frames"]:
        frame["motion_mask_path"] = "moving.png"
    path.write_text(json.dumps(document), encoding="utf-8")
    landmarks = find_landmarks(read_shot(path), lambda: False)
    assert len(landmarks) >= FEWEST and (landmarks.pixel % SIZE[0]).min() >= 80
