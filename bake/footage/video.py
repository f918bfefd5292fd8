"""Videos read picture by picture, numbered as they are decoded.

Seeking by number is not exact in OpenCV (it lands on neighbours in files with B-frames or edit lists), so a reader
only ever walks forwards and starts again from the beginning to go back.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..contract.errors import UserError

SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".m4v", ".webm")
_OPEN_READERS = 4


@dataclass(frozen=True)
class VideoInfo:
    """What a video holds, by decoding it: number of pictures, size in pixels, and the rate that the file states."""

    frame_count: int
    width: int
    height: int
    fps: float


def inspect_video(path: Path) -> VideoInfo:
    """Count the pictures of a video by walking through it; the count in a file's header is often wrong.

    Raises
    ------
    UserError
        If the file is missing or no video that OpenCV can decode. The sentence does not repeat the path.
    """
    try:
        stamp = path.stat()
    except OSError as error:
        raise UserError("the file is missing" if not path.exists() else "the file cannot be read") from error
    return _inspect(path, stamp.st_size, stamp.st_mtime_ns)


_known: dict[tuple[Path, int, int], VideoInfo] = {}


def _inspect(path: Path, size: int, changed: int) -> VideoInfo:
    key = (path, size, changed)
    if key not in _known:
        reader = VideoReader(path)
        try:
            first = reader.read(0)
            count = 1 + reader.count_rest()
            _known[key] = VideoInfo(count, first.shape[1], first.shape[0], reader.fps)
        finally:
            reader.close()
    return _known[key]


class VideoReader:
    """Walks through one video; cheap in order, dear backwards."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise UserError("the file is missing")
        self._path = path
        self._capture = cv2.VideoCapture(str(path))
        self._next = 0
        if not self._capture.isOpened():
            raise UserError("it is not a video that OpenCV can read")

    @property
    def fps(self) -> float:
        """Pictures per second as the file states them; 0 where it does not."""
        return float(self._capture.get(cv2.CAP_PROP_FPS))

    def read(self, number: int) -> NDArray[np.uint8]:
        """Picture `number` (from 0) as (H, W, 3) uint8, RGB.

        Raises
        ------
        UserError
            If the video ends before it, or cannot be decoded there.
        """
        if number < self._next:
            self._capture.release()
            self._capture = cv2.VideoCapture(str(self._path))
            self._next = 0
        while self._next < number:
            if not self._capture.grab():
                raise UserError(f"the video has {self._next} pictures; picture {number} is not among them")
            self._next += 1
        good, picture = self._capture.read()
        if not good or picture is None:
            raise UserError(f"picture {number} of the video cannot be decoded, or the video ends before it")
        self._next += 1
        if picture.dtype != np.uint8 or picture.ndim != 3:
            raise UserError("the video is not of a kind that OpenCV decodes to 8-bit colour")
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)

    def count_rest(self) -> int:
        """How many pictures follow; the reader stands at the end afterwards."""
        count = 0
        while self._capture.grab():
            count += 1
        self._next += count
        return count

    def close(self) -> None:
        """Let go of the file."""
        self._capture.release()


_readers: OrderedDict[Path, VideoReader] = OrderedDict()
_lock = threading.Lock()


def read_video_picture(path: Path, number: int) -> NDArray[np.uint8]:
    """Picture `number` of a video, (H, W, 3) uint8, RGB; the last few videos stay open, so reading in order is fast.

    Raises
    ------
    UserError
        As `VideoReader`.
    """
    with _lock:
        reader = _readers.pop(path, None) or VideoReader(path)
        _readers[path] = reader
        while len(_readers) > _OPEN_READERS:
            _readers.popitem(last=False)[1].close()
        return reader.read(number)
