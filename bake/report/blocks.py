"""What a section of the report is made of. Both writers, of the page and of the picture, know every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .charts import Area

EightBit = NDArray[np.uint8]


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Points:
    """Sentences, one below the other."""

    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Tile:
    """A figure that is read at a glance: `value` with its unit, what it is, and one word or line about it."""

    label: str
    value: str
    unit: str
    word: str


@dataclass(frozen=True)
class Tiles:
    """Figures in a row."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Chart:
    """A chart over the page's width. `draw` fills its area; `told` says in words what it shows, for who cannot see it.

    height : inches, where the page is `charts.WIDTH` wide.
    """

    name: str
    draw: Callable[[Area], None]
    height: float
    told: str
    caption: str = ""


@dataclass(frozen=True)
class Comparison:
    """A picture of the field, the true one, and where they differ.

    rendered, truth : (H, W, 3) uint8, sRGB.
    errors : (H, W) uint8, FLIP from 0 to `ERRORS_TO`.
    """

    title: str
    figures: str
    rendered: EightBit
    truth: EightBit
    errors: EightBit


@dataclass(frozen=True)
class Comparisons:
    """Comparisons one below the other, under common headings."""

    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Facts:
    """Names and values in groups, side by side."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


Block = Words | Points | Tiles | Chart | Comparisons | Facts


@dataclass(frozen=True)
class Section:
    """A part of the report under a heading of its own."""

    title: str
    blocks: tuple[Block, ...]
