"""The report as one picture, for mails, dailies and whoever has no browser at hand: the blocks below each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, singledispatch
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

from ..contract.files import written_aside
from .blocks import Block, Chart, Comparisons, EightBit, Facts, Points, Section, Tiles, Words
from .charts import FONT, HEAT, PLAIN, SMALL, WIDTH, Area, report_style
from .measuring import ERRORS_TO
from .palette import LIGHT

_DOTS = 130
_MARGIN = 0.6
_GAP = 0.14
_HEADING, _TITLE = 15.0, 25.0
_LEAD = 11.5
_LINE = 1.5 / 72
"""Inches from line to line, for each point of the letters' size."""
_COLUMNS = 3
_ROW = 0.235


@dataclass(frozen=True)
class _Placed:
    """Something that knows how high it is, in inches, and draws itself from a top on."""

    height: float
    draw: Callable[[Figure, float], None]


def write_picture(path: Path, sections: Sequence[Section]) -> None:
    """Write all sections as one PNG, aside and then renamed.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    with report_style():
        placed = [one for number, section in enumerate(sections) for one in _section(number, section)]
        height = sum(one.height for one in placed) + 2 * _MARGIN
        figure = Figure(figsize=(WIDTH + 2 * _MARGIN, height), dpi=_DOTS, facecolor=LIGHT.paper)
        canvas = FigureCanvasAgg(figure)
        top = _MARGIN
        for one in placed:
            one.draw(figure, top)
            top += one.height
        with written_aside(path) as aside:
            canvas.print_png(str(aside), metadata={"Software": None})


def _section(number: int, section: Section) -> list[_Placed]:
    if number:
        head = [_rule(), _text(section.title, _HEADING, weight="bold"), _space(0.04)]
        sizes = PLAIN
    else:
        head = [
            _text("Bake report", PLAIN, LIGHT.accent, "bold"),
            _text(section.title, _TITLE, weight="bold"),
            _space(0.06),
        ]
        sizes = _LEAD
    blocks = [part for block in section.blocks for part in (*_block(block, sizes), _space(_GAP))]
    return head + blocks


def _space(height: float) -> _Placed:
    return _Placed(height, lambda figure, top: None)  # noqa: ARG005


def _rule() -> _Placed:
    def draw(figure: Figure, top: float) -> None:
        _line(figure, _MARGIN, _MARGIN + WIDTH, top + 0.22)

    return _Placed(0.44, draw)


def _text(text: str, size: float, colour: str = LIGHT.ink, weight: str = "normal", indent: float = 0.0) -> _Placed:
    """A paragraph, broken into lines as wide as the page allows."""
    lines = _broken(text, size, weight, min(WIDTH - indent, 0.82 * WIDTH))
    step = size * _LINE

    def draw(figure: Figure, top: float) -> None:
        for number, one in enumerate(lines):
            _put(figure, one, _MARGIN + indent, top + (number + 0.76) * step, size, colour, weight)

    return _Placed(len(lines) * step, draw)


@singledispatch
def _block(block: Block, size: float) -> list[_Placed]:  # noqa: ARG001
    raise TypeError(f"the picture does not know {type(block).__name__}")


@_block.register
def _(block: Words, size: float) -> list[_Placed]:
    return [_text(block.text, size)]


@_block.register
def _(block: Points, size: float) -> list[_Placed]:  # noqa: ARG001
    return [part for sentence in block.sentences for part in (_point(sentence), _space(0.05))]


def _point(sentence: str) -> _Placed:
    text = _text(sentence, PLAIN, indent=0.2)

    def draw(figure: Figure, top: float) -> None:
        _put(figure, "•", _MARGIN + 0.02, top + 0.76 * PLAIN * _LINE, PLAIN + 2, LIGHT.warm, "bold")
        text.draw(figure, top)

    return _Placed(text.height, draw)


@_block.register
def _(block: Tiles, size: float) -> list[_Placed]:  # noqa: ARG001
    gap, height = 0.12, 0.98
    width = (WIDTH - gap * (len(block.tiles) - 1)) / len(block.tiles)

    def draw(figure: Figure, top: float) -> None:
        for number, tile in enumerate(block.tiles):
            left = _MARGIN + number * (width + gap)
            _card(figure, left, top, width, height)
            _put(figure, tile.label, left + 0.15, top + 0.26, SMALL, LIGHT.muted)
            value = _put(figure, tile.value, left + 0.15, top + 0.6, 18, LIGHT.ink, "bold")
            after = _wide(value.get_text(), 18, "bold") + 0.07
            _put(figure, tile.unit, left + 0.15 + after, top + 0.6, SMALL, LIGHT.muted)
            _put(figure, tile.word, left + 0.15, top + 0.84, SMALL, LIGHT.accent, "bold")

    return [_Placed(height, draw)]


@_block.register
def _(block: Chart, size: float) -> list[_Placed]:  # noqa: ARG001
    def draw(figure: Figure, top: float) -> None:
        block.draw(Area(figure, LIGHT, _MARGIN, top, WIDTH, block.height))

    caption = [_text(block.caption, SMALL, LIGHT.muted)] if block.caption else []
    return [_Placed(block.height, draw), *caption]


@_block.register
def _(block: Comparisons, size: float) -> list[_Placed]:  # noqa: ARG001
    gap = 0.1
    width = (WIDTH - 2 * gap) / 3
    lefts = [_MARGIN + number * (width + gap) for number in range(3)]

    def heads(figure: Figure, top: float) -> None:
        for left, word in zip(lefts, ("field", "truth", "error, 0"), strict=True):
            _put(figure, word, left, top + 0.16, SMALL, LIGHT.muted)
        ramp = (HEAT(np.linspace(0, 1, 256))[None, :, :3] * 255).astype(np.uint8)
        _picture(figure, ramp, lefts[2] + 0.62, top + 0.09, width - 1.0, 0.08)
        _put(figure, f"{ERRORS_TO:g}", lefts[2] + width, top + 0.16, SMALL, LIGHT.muted, align="right")

    def row(figure: Figure, top: float, pictures: tuple[EightBit, ...], height: float) -> None:
        for left, pixels in zip(lefts, pictures, strict=True):
            _picture(figure, pixels, left, top, width, height)

    def told(figure: Figure, top: float, title: str, figures: str) -> None:
        _put(figure, title, _MARGIN, top + 0.2, SMALL, LIGHT.ink, "bold")
        _put(figure, figures, _MARGIN + WIDTH, top + 0.2, SMALL, LIGHT.muted, align="right")

    placed = [_Placed(0.24, heads)]
    for one in block.comparisons:
        heat = (HEAT(one.errors)[..., :3] * 255).astype(np.uint8)
        height = width * one.truth.shape[0] / one.truth.shape[1]
        placed.append(_Placed(height, partial(row, pictures=(one.rendered, one.truth, heat), height=height)))
        placed.append(_Placed(0.36, partial(told, title=one.title, figures=one.figures)))
    return placed


@_block.register
def _(block: Facts, size: float) -> list[_Placed]:  # noqa: ARG001
    gap = 0.45
    width = (WIDTH - gap * (_COLUMNS - 1)) / _COLUMNS
    rows = [block.groups[first : first + _COLUMNS] for first in range(0, len(block.groups), _COLUMNS)]

    def draw(figure: Figure, top: float, groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> None:
        for number, (title, facts) in enumerate(groups):
            left = _MARGIN + number * (width + gap)
            _put(figure, title, left, top + 0.2, PLAIN, LIGHT.ink, "bold")
            for index, (name, value) in enumerate(facts):
                base = top + 0.3 + index * _ROW
                _line(figure, left, left + width, base)
                _put(figure, name, left, base + 0.165, SMALL, LIGHT.muted)
                room = width - _wide(name, SMALL, "normal") - 0.15
                _put(figure, _cut(value, room), left + width, base + 0.165, SMALL, LIGHT.ink, align="right")

    heights = [0.3 + _ROW * max(len(facts) for _, facts in groups) + 0.2 for groups in rows]
    return [_Placed(height, partial(draw, groups=groups)) for groups, height in zip(rows, heights, strict=True)]


def _put(
    figure: Figure,
    text: str,
    left: float,
    base: float,
    size: float,
    colour: str,
    weight: str = "normal",
    align: str = "left",
) -> Text:
    """Text with its base line at a height; inches from the top left corner."""
    wide, high = figure.get_size_inches()
    return figure.text(
        left / wide,
        1 - base / high,
        text,
        fontsize=size,
        color=colour,
        fontweight=weight,
        horizontalalignment=align,
        verticalalignment="baseline",
    )


def _line(figure: Figure, left: float, right: float, top: float) -> None:
    wide, high = figure.get_size_inches()
    axes = figure.add_axes((left / wide, 1 - top / high, (right - left) / wide, 1e-9))
    axes.set_axis_off()
    axes.axhline(0, color=LIGHT.rule, linewidth=0.8, clip_on=False)


def _card(figure: Figure, left: float, top: float, width: float, height: float) -> None:
    wide, high = figure.get_size_inches()
    axes = figure.add_axes((left / wide, 1 - (top + height) / high, width / wide, height / high))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.add_patch(
        FancyBboxPatch((0.06, 0.06), width - 0.12, height - 0.12, "round,pad=0.06", color=LIGHT.card, linewidth=0)
    )


def _picture(figure: Figure, pixels: EightBit, left: float, top: float, width: float, height: float) -> None:
    wide, high = figure.get_size_inches()
    axes = figure.add_axes((left / wide, 1 - (top + height) / high, width / wide, height / high))
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set(color=LIGHT.rule, linewidth=0.6)
    axes.imshow(pixels, aspect="auto", interpolation="antialiased")


_measure = RendererAgg(1, 1, 72)


def _wide(text: str, size: float, weight: str) -> float:
    """Width of a line, inches."""
    font = FontProperties(family=FONT, size=size, weight=weight)
    return _measure.get_text_width_height_descent(text, font, False)[0] / 72


def _broken(text: str, size: float, weight: str, width: float) -> list[str]:
    """A text in lines no wider than that; a word that is wider stands alone."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _wide(longer, size, weight) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _cut(text: str, width: float) -> str:
    """A text that fits, its end left out where it does not."""
    if _wide(text, SMALL, "normal") <= width:
        return text
    while len(text) > 1 and _wide(f"{text}…", SMALL, "normal") > width:
        text = text[:-1]
    return f"{text.rstrip()}…"
