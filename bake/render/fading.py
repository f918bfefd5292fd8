"""Plates of a field that fades, because a stand-in takes its place.

Everything is faded as a picture that is laid over the render is: with a plate faded to a share, compositing gives that
share of what it gives with the whole plate, and of the render the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .deep import Deep
from .frame import RenderedFrame

if TYPE_CHECKING:
    from .exact import Split


def faded(frame: RenderedFrame, fade: float) -> RenderedFrame:
    """A picture of which `fade`, from 0 to 1, is there; depths stay."""
    return frame if fade == 1 else RenderedFrame(frame.rgba * np.float32(fade), frame.depth)


def faded_split(split: Split, fade: float) -> Split:
    """What an exact plate has beside it, faded."""
    share = np.float32(fade)
    return replace(
        split, front=split.front * share, holdout=1 - share * (1 - split.holdout), visible=split.visible * share
    )


def faded_deep(deep: Deep, fade: float) -> Deep:
    """A deep picture that is flattened to `fade` times as much, up to each sample.

    Source: `A' = fade A` for the alpha A of all samples up to one, so `a' = fade a T / (1 - fade A)` with the light T
    and the alpha A before it.
    """
    if fade == 1:
        return deep
    counts = deep.counts.reshape(-1)
    ray = np.repeat(np.arange(len(counts)), counts)
    firsts = (np.cumsum(counts) - counts)[ray]
    passed = _before(np.log1p(-np.minimum(deep.values[:, 3].astype(np.float64), 1 - 1e-7)), firsts)
    through = np.exp(passed)
    scale = fade * through / (1 - fade * (1 - through))
    values = deep.values.copy()
    values[:, :4] *= scale[:, None].astype(np.float32)
    return Deep(deep.counts, values)


def _before(values: NDArray[np.float64], firsts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(S,) sums of the values of a pixel's samples before each one."""
    sums = np.append(0.0, np.cumsum(values))
    return np.asarray(sums[:-1] - sums[firsts])
