"""The footage as one pool of rays, in bounded memory: what does not fit is read from disk again and again.

A shot that fits is held whole. Of a longer one every frame holds an equal share of its pixels; while the bake runs, the
frames are read in their order, round after round, and each gives its pixels up for the next. So all pixels have
their turn, every batch sees the whole shot, and a video is decoded forwards only. When a frame is read again depends on
the step alone, not on how fast the disk is: a seed still gives the same field.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..contract.errors import Cancelled, UserError
from ..footage.shot import Shot
from .frame_pixels import COARSE, Choice, FramePixels, Pixels, kind_of, read_frame
from .landmarks import Landmarks

HELD_OUT = 4096
"""Rays that are never trained on and judge the bake while it runs."""
BYTES_A_PIXEL = 16
"""Of colours in eight bits a channel."""
_AHEAD = 2
"""Frames that are read before they are asked for."""


_KINDS = {np.dtype(np.uint8): torch.uint8, np.dtype(np.int16): torch.int16}


@dataclass(frozen=True)
class Room:
    """How much of the footage is held at a time, and how fast it makes room for the rest.

    Parameters
    ----------
    bytes : float
        For pixels and their rays.
    rays_a_step : int
        About as many rays as a step draws: a frame gives its pixels up when they have been drawn about once.
    coarse : bool
        Whether coarse pixels are wanted besides.
    """

    bytes: float
    rays_a_step: int
    coarse: bool


@dataclass(frozen=True)
class Drawn:
    """Rays in capture space with the colour the footage saw: (R, 3), (R, 3), (R,) in [0, 1], (R, 4) straight.

    frames : (R,) int64, the number of the picture in the shot.
    pixels : (R,) int64, the number of the pixel in the pool; of rays that come from elsewhere zeros.
    """

    origins: Tensor
    directions: Tensor
    times: Tensor
    rgba: Tensor
    frames: Tensor
    pixels: Tensor


class PixelPool:
    """The usable pixels of a shot, or as many of them as there is room for.

    Parameters
    ----------
    landmarks : Landmarks or None
        Their pixels stay, whatever else makes room.
    report : callable
        Told how much of the footage has been read, 0 to 1.

    Raises
    ------
    UserError
        If a picture cannot be read or masks leave nothing to learn from.
    Cancelled
        If `should_stop` says so.
    """

    def __init__(
        self,
        shot: Shot,
        device: torch.device,
        seed: int,
        should_stop: Callable[[], bool],
        room: Room,
        landmarks: Landmarks | None = None,
        report: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._frames, self._device = shot.frames, device
        areas = np.array([frame.camera.width * frame.camera.height for frame in shot.frames])
        total = areas.sum() * (1 + room.coarse / COARSE**2)
        kind = kind_of(shot.encoding)
        share = min(room.bytes / (BYTES_A_PIXEL + 4 * (kind.itemsize - 1)) / total, 1.0)
        self._choices = _choices(shot, seed, share, room.coarse, landmarks)
        staying = 0 if landmarks is None else len(landmarks)
        # What is never written is never resident: masks may leave less than there is room for.
        self._table = _Table(int(share * total) + staying + HELD_OUT + 2 * len(areas), kind, device)
        sizes = []
        for number in range(len(shot.frames)):
            if should_stop():
                raise Cancelled
            sizes.append(self._table.append(read_frame(shot.frames[number], self._choices[number], 0)))
            report((number + 1) / len(shot.frames))
        self._sizes = np.array(sizes)
        self._starts = np.cumsum([0, *self._sizes.sum(axis=1)])
        self._starts_there = torch.from_numpy(self._starts).to(device)
        self._fine = self._sizes[:, 0] + self._sizes[:, 1]
        self._fine_there = torch.from_numpy(self._fine).to(device)
        cameras = [(frame.camera.width, frame.camera.height) for frame in shot.frames]
        self._picture_sizes = torch.tensor(cameras, device=device)
        poses = np.stack([frame.camera.camera_to_world for frame in shot.frames]).astype(np.float32)
        self._poses = torch.from_numpy(poses).to(device)
        span = max(shot.last_frame - shot.first_frame, 1e-9)
        times = [(frame.shot_frame - shot.first_frame) / span for frame in shot.frames]
        self._times = torch.tensor(times, dtype=torch.float32, device=device)
        self.held_out = self._numbers(self._sizes[:, :3].sum(axis=1), self._sizes[:, 3])
        if len(self.held_out) == 0:
            raise UserError("The masks leave no pixels to learn from.", "Check that white in a mask means: use.")
        passing = self._sizes[:, 1].mean()
        self._frames_a_step = min(room.rays_a_step / passing, 1.0) if passing > 0 else 0.0
        self._renewed, self._readers = 0, _Readers(self._read)
        self._favoured, self._favour = _Shown.of(np.zeros(0, np.int64), np.zeros(0, np.int64), device), 0.0
        self.show(np.ones(len(areas), dtype=bool))

    @property
    def whole(self) -> bool:
        """Whether all pixels are held, so that nothing is read again."""
        return self._frames_a_step == 0

    def colours(self, number: int) -> NDArray[Any]:
        """Pixels of a frame that are held to train on, coarse ones left out: (N, 4), see `frame_pixels.Pixels`."""
        first, count = int(self._starts[number]), int(self._sizes[number, :2].sum())
        return np.asarray(self._table.colours[first : first + count].cpu().numpy())

    def find(self, frame: Tensor, pixel: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers of pixels by frame and place in it, (N,) int64; and whether each stays and may be trained on."""
        index = torch.zeros_like(frame)
        found = torch.zeros_like(frame, dtype=torch.bool)
        for number in frame.unique().tolist():
            first, count = int(self._starts[number]), int(self._sizes[number, 0])
            own = frame == number
            wanted = pixel[own].int()
            places = self._table.place[first : first + count]
            place = torch.searchsorted(places, wanted).clamp(max=max(count - 1, 0))
            index[own] = first + place
            found[own] = places[place] == wanted if count else False
        return index, found

    def show(self, frames: NDArray[np.bool_]) -> None:
        """Draw from these frames alone from now on, (F,) bool."""
        fine, coarse = self._fine, self._sizes[:, 2]
        self._shown = _Shown.of(self._starts[:-1][frames], fine[frames], self._device)
        self._shown_coarse = _Shown.of((self._starts[:-1] + fine)[frames], coarse[frames], self._device)

    def favour(self, frames: NDArray[np.bool_], share: float) -> None:
        """Draw a share of the fine pixels from these frames alone from now on, (F,) bool."""
        self._favoured = _Shown.of(self._starts[:-1][frames], self._fine[frames], self._device)
        self._favour = share if self._favoured.total else 0.0

    def draw(self, count: int, coarse: float = 0.0) -> Tensor:
        """Random pixels to train on, by number, of which a share is coarse."""
        rough = round(count * coarse) if self._shown_coarse.total else 0
        favoured = round((count - rough) * self._favour)
        kinds = ((self._shown, count - rough - favoured), (self._favoured, favoured), (self._shown_coarse, rough))
        return torch.cat([shown.draw(number) for shown, number in kinds if number])

    def rays(self, index: Tensor) -> Drawn:
        """The rays of pixels by number."""
        owner = torch.searchsorted(self._starts_there, index, right=True) - 1
        pose = self._poses[owner]
        across, up = self._table.directions[index, :, None].unbind(1)
        # A product of matrices for each ray takes ten times as long.
        directions = across * pose[:, :3, 0] + up * pose[:, :3, 1] - pose[:, :3, 2]
        colours = self._table.colours[index].float() / self._table.largest
        return Drawn(pose[:, :3, 3], directions, self._times[owner], colours, owner, index)

    def places(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Where pixels to train on lie, by number: picture (N,) int64, and x and y in it (N, 2) from 0 to 1."""
        frames = torch.searchsorted(self._starts_there, index, right=True) - 1
        shrunk = torch.where(index - self._starts_there[frames] < self._fine_there[frames], 1, COARSE)
        width, height = (self._picture_sizes[frames] // shrunk[:, None]).clamp(min=1).unbind(-1)
        place = self._table.place[index]
        return frames, torch.stack([(place % width + 0.5) / width, (place // width + 0.5) / height], dim=-1)

    def renew(self, step: int) -> None:
        """Exchange pixels for others of their frames, as many as are due at a step.

        Raises
        ------
        UserError
            If a picture can no longer be read, or has changed.
        """
        while self._renewed < int(step * self._frames_a_step):
            number = self._renewed % len(self._frames)
            read = self._readers.next(self._renewed)
            if read.sizes != tuple(self._sizes[number]):
                raise UserError(
                    f"Frame {self._frames[number].name} ({self._frames[number].picture.path}) has changed while it was"
                    " being baked.",
                    "Leave the footage alone until the bake has ended, then bake again.",
                )
            self._table.write(int(self._starts[number]) + len(read.staying), (read.passing, read.coarse))
            self._renewed += 1

    def go_on_from(self, step: int) -> None:
        """Go on with the pixels that are due at a step, not with those before."""
        self._renewed = int(step * self._frames_a_step)

    def _read(self, renewal: int) -> FramePixels:
        turn, number = divmod(renewal, len(self._frames))
        return read_frame(self._frames[number], self._choices[number], turn + 1)

    def _numbers(self, offsets: NDArray[np.int64], counts: NDArray[np.int64]) -> Tensor:
        ranges = [first + np.arange(count) for first, count in zip(self._starts[:-1] + offsets, counts, strict=True)]
        return torch.from_numpy(np.concatenate(ranges)).to(self._device)


def _choices(shot: Shot, seed: int, share: float, coarse: bool, landmarks: Landmarks | None) -> list[Choice]:
    """What each frame holds; the pixels that are held out are spread evenly over the frames."""
    count = len(shot.frames)
    kept = [np.zeros(0, dtype=np.int64)] * count
    if landmarks is not None and share < 1:
        for number in np.unique(landmarks.frame):
            kept[number] = landmarks.pixel[landmarks.frame == number]
    held_out = np.diff(np.arange(count + 1) * HELD_OUT // count)
    return [Choice((seed, number), share, int(held_out[number]), kept[number], coarse) for number in range(count)]


class _Table:
    """Pixels of all frames, one frame after the other."""

    def __init__(self, capacity: int, kind: np.dtype[Any], device: torch.device) -> None:
        self.largest = int(np.iinfo(kind).max)
        self.place = torch.empty(capacity, dtype=torch.int32, device=device)
        self.colours = torch.empty((capacity, 4), dtype=_KINDS[kind], device=device)
        self.directions = torch.empty((capacity, 2), dtype=torch.float32, device=device)
        self._filled = 0

    def append(self, pixels: FramePixels) -> tuple[int, ...]:
        """Write a frame behind the others; returns how many pixels of each kind it has."""
        self._filled = self.write(self._filled, pixels.kinds)
        return pixels.sizes

    def write(self, first: int, kinds: tuple[Pixels, ...]) -> int:
        """Write pixels from a place on; returns the place after them."""
        for pixels in kinds:
            rows = slice(first, first + len(pixels))
            for own, given in ((self.place, pixels.place), (self.colours, pixels.colours)):
                own[rows] = torch.from_numpy(given).to(own.device)
            self.directions[rows] = torch.from_numpy(pixels.directions).to(self.directions.device)
            first = rows.stop
        return first


@dataclass(frozen=True)
class _Shown:
    """Ranges of the table that are drawn from: where each begins, and how many pixels come before it."""

    firsts: Tensor
    before: Tensor
    total: int

    @classmethod
    def of(cls, firsts: NDArray[np.int64], counts: NDArray[np.int64], device: torch.device) -> _Shown:
        before = np.cumsum([0, *counts])
        return cls(torch.from_numpy(firsts).to(device), torch.from_numpy(before[:-1]).to(device), int(before[-1]))

    def draw(self, count: int) -> Tensor:
        """Random numbers of pixels, all equally likely."""
        chosen = torch.randint(self.total, (count,), device=self.before.device)
        owner = torch.searchsorted(self.before, chosen, right=True) - 1
        return self.firsts[owner] + chosen - self.before[owner]


class _Readers:
    """Reads what will be asked for next, in the background and in order."""

    def __init__(self, read: Callable[[int], FramePixels]) -> None:
        self._read, self._thread = read, ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._waiting: deque[tuple[int, Future[FramePixels]]] = deque()

    def next(self, number: int) -> FramePixels:
        """The outcome of `number`; those that follow it are begun."""
        while self._waiting and self._waiting[0][0] != number:
            self._waiting.popleft()[1].cancel()
        begin = self._waiting[-1][0] + 1 if self._waiting else number
        for coming in range(begin, number + 1 + _AHEAD):
            self._waiting.append((coming, self._thread.submit(self._read, coming)))
        return self._waiting.popleft()[1].result()
