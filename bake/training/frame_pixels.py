"""What a bake holds of one frame: some of its pixels or all of them, and the rays through them.

A frame that may not be held whole gives way slice by slice: its pixels stand in a ring, shuffled once and for all, and
every round takes the next of them, so that all have had their turn when the rounds are through.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..contract.colour import Encoding
from ..footage.lens import ray_directions
from ..footage.pixels import load_mask, load_pixels
from ..footage.shot import Frame

COARSE = 4
"""Pixels along an edge of what a coarse pixel is the mean of."""
_FEWEST_IN_COARSE = 0.5
"""Share of a coarse pixel that must be usable."""
Numbers = NDArray[np.int64]
FloatPicture = NDArray[np.float32]


def kind_of(encoding: Encoding) -> np.dtype[Any]:
    """In what colours are held: eight bits tell apart what sRGB can show, but not what lies beyond white as well."""
    return np.dtype(np.uint8 if encoding.peak == 1 else np.int16)


@dataclass(frozen=True)
class Choice:
    """Which pixels of a frame are held.

    Parameters
    ----------
    seed : tuple of int
        What shuffles the pixels, the same in every round.
    share : float
        Of the pixels, 1 to hold all.
    held_out : int
        How many are set apart and never trained on; at most a tenth.
    kept : (K,) int64
        Pixels to hold in every round.
    coarse : bool
        Whether means of COARSE x COARSE pixels are wanted too.
    """

    seed: tuple[int, ...]
    share: float
    held_out: int
    kept: Numbers
    coarse: bool


@dataclass(frozen=True)
class Pixels:
    """Pixels of one picture.

    place : (N,) int32, row by row.
    colours : (N, 4) uint8 or int16, as encoded, straight alpha, as `kind_of` says; the largest number stands for 1.
    directions : (N, 2) float32, x and y of the rays in camera space where z is -1.
    """

    place: NDArray[np.int32]
    colours: NDArray[Any]
    directions: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True)
class FramePixels:
    """Held pixels of a frame: those that stay in every round, in rising order of place, and those of this round."""

    staying: Pixels
    passing: Pixels
    coarse: Pixels
    held_out: Pixels

    @property
    def kinds(self) -> tuple[Pixels, ...]:
        """In the order in which they are held."""
        return self.staying, self.passing, self.coarse, self.held_out

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many there are of each kind."""
        return tuple(map(len, self.kinds))


@dataclass(frozen=True)
class _Ring:
    """The numbers 0 to `size` - 1, each once, in an order that takes no memory: steps of a length coprime to `size`."""

    size: int
    start: int
    step: int

    @classmethod
    def shuffled(cls, size: int, seed: tuple[int, ...]) -> _Ring:
        random = np.random.default_rng(seed)
        steps = (int(random.integers(1, max(size, 2))) for _ in count())
        return cls(size, int(random.integers(max(size, 1))), next(step for step in steps if math.gcd(step, size) == 1))

    def slice(self, length: int, turn: int, after: int = 0) -> Numbers:
        """The next `length` numbers in a turn, in rising order, as memory likes it; the first `after` never come."""
        place = after + (turn * length + np.arange(length)) % max(self.size - after, 1)
        return np.sort((self.start + self.step * place) % max(self.size, 1))


def read_frame(frame: Frame, choice: Choice, turn: int) -> FramePixels:
    """Read a frame and take the pixels of a round; the numbers of pixels are the same in every round.

    Raises
    ------
    UserError
        If its picture or mask cannot be read.
    """
    picture, mask = load_pixels(frame), load_mask(frame)
    usable = np.arange(picture.shape[0] * picture.shape[1]) if mask is None else np.flatnonzero(mask)
    ring = _Ring.shuffled(len(usable), choice.seed)
    apart = min(choice.held_out, len(usable) // 10)
    held_out = usable[ring.slice(apart, 0)]
    trained = np.zeros(picture.shape[:2], dtype=bool)
    trained.reshape(-1)[usable] = True
    trained.reshape(-1)[held_out] = False
    if choice.share >= 1:
        staying, passing = np.flatnonzero(trained), usable[:0]
    else:
        staying = np.unique(choice.kept[trained.reshape(-1)[choice.kept]])
        most = min(max(int(choice.share * len(usable)) - len(staying), 1), len(usable) - apart)
        passing = usable[ring.slice(most, turn, after=apart)]
    coarse = _coarse(frame, picture, trained, choice, turn) if choice.coarse else _taken(frame, picture, usable[:0])
    return FramePixels(
        _taken(frame, picture, staying), _taken(frame, picture, passing), coarse, _taken(frame, picture, held_out)
    )


def _taken(frame: Frame, picture: FloatPicture, place: Numbers) -> Pixels:
    kind = kind_of(frame.picture.colour.encoding)
    colours = (picture.reshape(-1, 4)[place] * np.iinfo(kind).max + 0.5).astype(kind)
    directions = ray_directions(frame.camera).reshape(-1, 3)[place, :2]
    return Pixels(place.astype(np.int32), colours, directions)


def _coarse(frame: Frame, picture: FloatPicture, trained: NDArray[np.bool_], choice: Choice, turn: int) -> Pixels:
    """Means over what is trained on, of light and not of straight colour."""
    height, width = trained.shape
    size = (max(width // COARSE, 1), max(height // COARSE, 1))
    weight = trained.astype(np.float32)[..., None]
    light = np.concatenate([picture[..., :3] * picture[..., 3:], picture[..., 3:]], axis=2) * weight
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(light, size, interpolation=cv2.INTER_AREA) / np.maximum(share[..., None], 1e-6)
    mean[..., :3] /= np.maximum(mean[..., 3:], 1e-6)
    usable = np.flatnonzero(share >= _FEWEST_IN_COARSE)
    ring = _Ring.shuffled(len(usable), (*choice.seed, COARSE))
    place = usable[ring.slice(int(min(choice.share, 1.0) * len(usable)), turn)]
    return _taken(replace(frame, camera=frame.camera.resized(*size)), mean.clip(0, 1), place)
