"""A picture whose pixels are looked at from coarse to fine: every so many first, then those between.

Grids are nested: every eighth pixel of every eighth row, every fourth, and so on, so no ray is cast twice and a pixel
that was looked at is exactly that of a plain picture. Whenever it is stopped the picture is whole, at what was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COARSEST = 8
"""Pixels from one of the first that are looked at to the next, along rows and columns."""
_FADES = 0.15
"""Share of a pass over which what was reached fades into what was not."""
_DEPTH = 4
"""The channel that is not mixed."""

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Detail = Callable[[int, Numbers, Numbers], Floats]
"""How much pixels in (N,) rows and columns count in the grid of a stride, (N,) in [0, 1]; those at 0 are left out."""


def everywhere(_: int, rows: Numbers, __: Numbers) -> Floats:
    """Full detail."""
    return np.ones(len(rows), np.float32)


@dataclass(frozen=True)
class Pass:
    """Pixels (N,) that are looked at one after the other, and how much each counts beside coarser grids."""

    stride: int
    rows: Numbers
    columns: Numbers
    weights: Floats

    def __len__(self) -> int:
        return len(self.rows)


def passes(
    height: int, width: int, detail: Detail, centre: tuple[float, float], coarsest: int = COARSEST
) -> Iterator[Pass]:
    """All passes of a picture, the coarsest first; in each, pixels near `centre` (row, column) come first.

    `detail` is first asked when the second pass is taken, so it may go by what the first has seen.
    """
    yield _sorted(coarsest, *_grid(height, width, coarsest, (0, 0)), everywhere, centre)
    stride = coarsest
    while stride > 1:
        stride //= 2
        for down, across in ((1, 1), (0, 1), (1, 0)):
            rows, columns = _grid(height, width, 2 * stride, (down * stride, across * stride))
            found = _sorted(stride, rows, columns, detail, centre)
            if len(found):
                yield found


def _grid(height: int, width: int, step: int, start: tuple[int, int]) -> tuple[Numbers, Numbers]:
    rows, columns = np.arange(start[0], height, step), np.arange(start[1], width, step)
    return np.repeat(rows, len(columns)), np.tile(columns, len(rows))


def _sorted(stride: int, rows: Numbers, columns: Numbers, detail: Detail, centre: tuple[float, float]) -> Pass:
    weights = detail(stride, rows, columns)
    kept = weights > 0
    rows, columns, weights = rows[kept], columns[kept], weights[kept]
    order = np.argsort((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2, kind="stable")
    return Pass(stride, rows[order], columns[order], weights[order])


class NestedPicture:
    """The pixels of a picture that were looked at so far.

    pixels : (H, W, 5) float32, as `View.render` fills them.
    weights : (H, W) float32, how much each counts beside coarser grids; 0 where nobody has looked.
    """

    def __init__(self, height: int, width: int, coarsest: int = COARSEST) -> None:
        self._coarsest = coarsest
        self.pixels = np.zeros((height, width, 5), np.float32)
        self.weights = np.zeros((height, width), np.float32)

    def put(self, own: Pass, values: Floats) -> None:
        """Note the first pixels of a pass, (N, 5); where they are not all, what was reached fades out."""
        count = len(values)
        rows, columns, weights = own.rows[:count], own.columns[:count], own.weights[:count]
        if count < len(own):
            left = (count - np.arange(count)) / (_FADES * len(own))
            weights = weights * np.minimum(left, 1).astype(np.float32)
        self.pixels[rows, columns] = values
        self.weights[rows, columns] = weights

    def whole(self) -> Floats:
        """(H, W, 5): pixels that nobody has looked at lie between those that somebody has.

        Colour and alpha are mixed; depth is the nearer of the neighbours, as mixtures of two surfaces are on neither.
        """
        stride = self._coarsest
        found = self.pixels[::stride, ::stride]
        while stride > 1:
            stride //= 2
            own, weight = self.pixels[::stride, ::stride], self.weights[::stride, ::stride, None]
            between = _doubled(found, *own.shape[:2])
            found = between + weight * (own - between)
            found[..., _DEPTH] = np.where(weight[..., 0] > 0, own[..., _DEPTH], between[..., _DEPTH])
        return found


def _doubled(coarse: Floats, height: int, width: int) -> Floats:
    """(h, w, 5) to a grid of half the stride: those in between are the mean of their neighbours."""
    for axis, size in ((0, height), (1, width)):
        after = np.concatenate([np.take(coarse, range(1, coarse.shape[axis]), axis), np.take(coarse, [-1], axis)], axis)
        middle = (coarse + after) / 2
        middle[..., _DEPTH] = np.minimum(coarse[..., _DEPTH], after[..., _DEPTH])
        both = np.stack([coarse, middle], axis=axis + 1)
        shape = list(coarse.shape)
        shape[axis] *= 2
        coarse = np.take(both.reshape(shape), range(size), axis)
    return coarse
