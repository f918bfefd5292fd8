"""Shot descriptions as Blender exports them: picture sequences, videos, several cameras on one clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from bake.contract.camera import Camera
from bake.contract.shot_description import Alpha, FootageFrame, ShotDescription, Stream, write_shot_description
from bake.footage import examine, read_shot
from bake.footage.pixels import load_pixels
from tests.footage.making import SHARED, ball_picture, orbit


def camera(index: int) -> Camera:
    return Camera(32, 24, 38, 38, 16, 12, tuple(orbit(index, 12).ravel()))


def sequence(folder: Path, name: str, start: float) -> Stream:
    (folder / name).mkdir()
    frames = []
    for index in range(5):
        Image.fromarray(ball_picture(camera(index), index / 4)).save(folder / name / f"{index}.png")
        frames.append(FootageFrame(f"{name}/{index}.png", start + index, camera(index)))
    return Stream(name, tuple(frames), Alpha.STRAIGHT)


def test_two_sequences_on_one_clock(tmp_path: Path) -> None:
    streams = (sequence(tmp_path, "left", 10.0), sequence(tmp_path, "right", 12.5))
    box = ((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
    path = tmp_path / "scene.shot.json"
    write_shot_description(path, ShotDescription("Two", 25.0, streams, 0.01, box))
    shot = read_shot(path)
    assert (shot.name, shot.fps, shot.metres_per_unit, shot.bounds) == ("Two", 25.0, 0.01, box)
    assert (shot.first_frame, shot.last_frame) == (10.0, 16.5)
    assert [frame.stream for frame in shot.frames] == [0] * 5 + [1] * 5
    assert shot.frames[0].name == "left/0.png" and shot.has_alpha
    assert read_shot(tmp_path) == shot, "the folder of a single description stands for it"
    stored = np.asarray(Image.open(tmp_path / "right/3.png"), dtype=np.float32) / 255
    np.testing.assert_allclose(load_pixels(shot.frames[8]), stored, atol=1e-6)


def test_a_video(tmp_path: Path) -> None:
    video = SHARED / "multicam/videos/cam01.mp4"
    if not video.is_file():
        pytest.skip(f"{video} is not here")
    tall = Camera(1088, 1920, 1700, 1700, 544, 960, tuple(orbit(0, 4).ravel()))
    frames = tuple(FootageFrame(str(video), 5.0 + n, tall, video_frame=n) for n in range(6))
    path = tmp_path / "walk.shot.json"
    write_shot_description(path, ShotDescription("Walk", 60.0, (Stream("A", frames, Alpha.STRAIGHT),)))
    shot = read_shot(path)
    assert not shot.has_alpha, "videos have none, whatever the description says"
    capture = cv2.VideoCapture(str(video))
    for frame in shot.frames:
        _, picture = capture.read()
        np.testing.assert_allclose(load_pixels(frame)[..., :3] * 255, picture[..., ::-1], atol=1e-3)

    beyond = replace(frames[5], video_frame=100)
    narrow = replace(frames[4], camera=replace(tall, width=1080))
    write_shot_description(path, ShotDescription("Walk", 60.0, (Stream("A", (*frames[:4], narrow, beyond)),)))
    problems = examine(path).problems
    assert [problem.frame for problem in problems] == ["cam01.mp4[4]", "cam01.mp4[100]"]
    assert "1088x1920" in problems[0].what and "100 pictures" in problems[1].what


def test_all_problems_at_once(tmp_path: Path) -> None:
    stream = sequence(tmp_path, "left", 0.0)
    (tmp_path / "left/1.png").unlink()
    frames = list(stream.frames)
    frames[2] = replace(frames[2], camera=replace(frames[2].camera, fx=float("inf")))
    frames[3] = replace(frames[3], shot_frame=1.0)
    frames[4] = replace(frames[4], mask="left/none.png")
    path = tmp_path / "bad.shot.json"
    write_shot_description(path, ShotDescription("Bad", 0.0, (replace(stream, frames=tuple(frames)),)))
    found = examine(path).problems
    told = " | ".join(map(str, found))
    for words in ("fps is 0", "1.png: the file is missing", "focal length", "same time", "none.png", "frame 3.png"):
        assert words in told, told
    assert len(found) == 5
