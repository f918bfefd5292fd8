"""Pictures of a video by number, against decoding the video from its start."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from bake.contract.errors import UserError
from bake.footage.video import VideoReader, inspect_video, read_video_picture
from tests.footage.making import SHARED


def sequential(path: Path, wanted: set[int]) -> dict[int, np.ndarray]:
    capture, number = cv2.VideoCapture(str(path)), 0
    found: dict[int, np.ndarray] = {}
    while True:
        good, picture = capture.read()
        if not good:
            return found
        if number in wanted:
            found[number] = picture[..., ::-1].copy()
        number += 1


@pytest.mark.parametrize("name", ["clips/03_blocks.mp4", "clips/box.mp4", "multicam/videos/cam03.mp4"])
def test_numbers_are_exact_in_any_order(name: str) -> None:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    order = [0, 1, 40, 41, 90, 17, 18, 0, 63]
    truth = sequential(path, set(order))
    for number in order:
        np.testing.assert_array_equal(read_video_picture(path, number), truth[number])


def test_the_count_is_of_pictures_that_are_there() -> None:
    path = SHARED / "clips/box.mp4"
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    info = inspect_video(path)
    assert (info.width, info.height) == (640, 480)
    VideoReader(path).read(info.frame_count - 1)
    with pytest.raises(UserError, match="video"):
        VideoReader(path).read(info.frame_count)


def test_no_video(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="missing"):
        inspect_video(tmp_path / "absent.mp4")
    (tmp_path / "text.mp4").write_bytes(b"no video at all" * 100)
    with pytest.raises(UserError, match="not a video"):
        inspect_video(tmp_path / "text.mp4")
