"""The cameras of a clip that has none, against those that it was filmed with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bake.contract.camera import Camera
from bake.contract.errors import UserError
from bake.footage import read_shot
from bake.footage.pixels import load_moving
from bake.footage.solving import solve
from tests.footage.producers import video

pytest.importorskip("pycolmap", reason="cameras are solved by pycolmap, which is optional")

WIDTH, HEIGHT, FOCAL = 320, 240, 330.0
COUNT = 12


def silent(phase: str, fraction: float) -> None:
    """Nobody is told."""


def room_camera(index: int, travel: float) -> Camera:
    """A camera that goes sideways, in a room whose back wall is 4 units away."""
    pose = np.eye(4)
    pose[:3, 3] = (travel * (index / (COUNT - 1) - 0.5), 0.1 * travel * np.sin(index), 0.0)
    return Camera(WIDTH, HEIGHT, FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2, tuple(pose.ravel()))


def film(folder: Path, travel: float) -> list[Camera]:
    """Pictures of boards at several distances, before which a bright patch climbs by itself."""
    random = np.random.default_rng(4)
    corners = np.array([(-1, 1, 0), (1, 1, 0), (1, -1, 0), (-1, -1, 0)], dtype=np.float64)
    boards = [((0, 0, -4), 2.8), ((-1.0, 0.4, -3.1), 0.5), ((0.9, -0.5, -2.6), 0.45), ((0.1, 0.8, -2.9), 0.4)]
    textures = [cv2.resize(random.integers(0, 255, (90, 90, 3), dtype=np.uint8), (360, 360)) for _ in boards]
    folder.mkdir()
    cameras = [room_camera(index, travel) for index in range(COUNT)]
    for index, camera in enumerate(cameras):
        picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
        for (centre, size), texture in zip(boards, textures, strict=True):
            seen, _ = camera.project(corners * size + centre)
            edges = np.array([(0, 0), (360, 0), (360, 360), (0, 360)], dtype=np.float32)
            matrix = cv2.getPerspectiveTransform(edges, (seen - 0.5).astype(np.float32))
            over = cv2.warpPerspective(np.full((360, 360), 255, np.uint8), matrix, (WIDTH, HEIGHT)) > 127
            warped = cv2.warpPerspective(texture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
            picture[over] = warped[over]
        top = 180 - 9 * index
        picture[top : top + 50, 130:180] = cv2.resize(textures[1][:40, :40], (50, 50))
        Image.fromarray(picture).save(folder / f"{index + 20:04d}.png")
    return cameras


def test_a_moving_camera_is_found(tmp_path: Path) -> None:
    cameras = film(tmp_path / "clip", 1.6)
    told: list[str] = []
    solved = solve(tmp_path / "clip", tmp_path / "out", lambda phase, _: told.append(phase))
    assert (solved.placed, solved.frames) == (COUNT, COUNT) and solved.error < 1.0
    assert list(dict.fromkeys(told)) == ["reading", "masking", "features", "matching", "solving"]
    shot = read_shot(tmp_path / "out")
    assert [frame.shot_frame for frame in shot.frames] == list(range(20, 20 + COUNT)), "the names tell the time"
    true = np.array([camera.camera_to_world[:3, 3] for camera in cameras])
    found = np.array([frame.camera.camera_to_world[:3, 3] for frame in shot.frames])
    # Place, direction and size of a solved world are free: compare what is left, the spacing along the path.
    steps = [np.linalg.norm(path[1:] - path[:1], axis=1) for path in (true, found)]
    np.testing.assert_allclose(steps[1] / steps[1][-1], steps[0] / steps[0][-1], atol=0.03)
    moving = load_moving(shot.frames[5])
    assert moving is not None
    assert moving[150:170, 140:170].mean() > 0.5 > 0.15 > moving[:, 200:].mean(), "the patch moves, the boards do not"


def test_a_camera_that_stands_still_is_refused(tmp_path: Path) -> None:
    film(tmp_path / "clip", 0.0)
    with pytest.raises(UserError, match="does not move enough to tell how far away things are: most of the picture"):
        solve(tmp_path / "clip", tmp_path / "out", silent)
    assert [path.name for path in tmp_path.iterdir()] == ["clip"], "nothing half-written"


def test_a_clip_that_falls_apart_is_refused(tmp_path: Path) -> None:
    film(tmp_path / "clip", 1.6)
    random = np.random.default_rng(1)
    for path in sorted((tmp_path / "clip").iterdir())[5:]:
        Image.fromarray(random.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)).save(path)
    with pytest.raises(UserError, match=r"placed \d of 12 frames, too few to bake|No camera path could be found"):
        solve(tmp_path / "clip", tmp_path / "out", silent)
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_solved(tmp_path: Path) -> None:
    short = video(tmp_path / "short.avi", 3)
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    for clip, output, sentence in (
        ("absent.mp4", "out", "There is no clip FOLDER/absent.mp4."),
        (short.name, "out", "The clip FOLDER/short.avi has 3 frames; at least 8 are needed to find a camera path."),
        ("broken.mp4", "out", "FOLDER/broken.mp4: it is not a video that OpenCV can read."),
        (short.name, "full", "The output FOLDER/full exists and is not empty."),
    ):
        with pytest.raises(UserError) as caught:
            solve(tmp_path / clip, tmp_path / output, silent)
        assert caught.value.sentence.replace(str(tmp_path), "FOLDER") == sentence


def test_without_the_library(tmp_path: Path) -> None:
    (tmp_path / "pycolmap.py").write_text("raise ModuleNotFoundError(name='pycolmap')")
    root = Path(__file__).resolve().parents[2]
    words = [sys.executable, "-m", "bake", "solve", str(tmp_path), "-o", str(tmp_path / "out")]
    code = {"PYTHONPATH": str(tmp_path), "PATH": ""}
    done = subprocess.run(words, cwd=root, env=code, capture_output=True, text=True)
    assert done.returncode == 1 and 'pip install "pycolmap>=4.0"' in done.stderr and done.stdout == ""
