"""How the report's charts look, and how one becomes SVG for the page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .palette import LIGHT, Palette

WIDTH = 11.0
"""Inches that a chart, or the text of the picture, is wide."""
SMALL = 8.5
PLAIN = 9.5
FONT = "DejaVu Sans"
"""Comes with matplotlib, so that the picture looks alike everywhere."""
HEAT = matplotlib.colormaps["magma"]
TIME = LinearSegmentedColormap.from_list("shot time", ["#2f6fd0", "#a857b5", "#e2703a"])
"""Neither so light nor so dark that it would be lost on paper or on a dark page."""
_STYLE: dict[Any, Any] = {
    "font.family": FONT,
    "font.size": SMALL,
    "svg.fonttype": "none",
    "axes.unicode_minus": True,
    "text.parse_math": False,
    "path.simplify": True,
}


@contextmanager
def report_style() -> Iterator[None]:
    """matplotlib's settings for the report, whatever the person's own are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


@dataclass(frozen=True)
class Area:
    """A rectangle of a figure; lengths in inches, from the figure's top left corner."""

    figure: Figure
    palette: Palette
    left: float
    top: float
    width: float
    height: float

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes in the report's style; lengths in inches, from this area's top left corner."""
        wide, high = self.figure.get_size_inches()
        bottom = high - self.top - top - height
        made = self.figure.add_axes(((self.left + left) / wide, bottom / high, width / wide, height / high))
        _style(made, self.palette)
        return made

    def row(self, count: int, gap: float = 0.75) -> list[Axes]:
        """Axes side by side, with room for their titles and labels."""
        width = (self.width - 0.55 - (count - 1) * gap - 0.1) / count
        return [self.axes(0.55 + number * (width + gap), 0.35, width, self.height - 0.85) for number in range(count)]


def _style(axes: Axes, palette: Palette) -> None:
    axes.set_facecolor("none")
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(palette.rule)
    axes.tick_params(colors=palette.muted, labelsize=SMALL, length=3, width=0.8)
    axes.tick_params(axis="both", color=palette.rule)
    axes.grid(axis="y", color=palette.rule, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.margins(x=0.02)


def title(axes: Axes, palette: Palette, text: str, unit: str = "") -> None:
    """Name what is shown above the axes, the unit in a lighter colour behind it."""
    named = axes.annotate(
        text, (0, 1), (0, 9), "axes fraction", "offset points", color=palette.ink, fontsize=PLAIN, weight="bold"
    )
    if unit:
        axes.annotate(
            unit, (1, 0), (6, 0), xycoords=named, textcoords="offset points", color=palette.muted, va="bottom"
        )


def across(axes: Axes, palette: Palette, text: str) -> None:
    """Name the horizontal axis."""
    axes.set_xlabel(text, color=palette.muted, fontsize=SMALL, labelpad=4)


def line(axes: Axes, palette: Palette, x: Sequence[float] | NDArray[Any], y: Sequence[float] | NDArray[Any]) -> None:
    """A curve; where a value is missing it is joined over the gap."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    known = np.isfinite(y)
    mark = "o" if known.sum() < 3 else ""
    axes.plot(x[known], y[known], color=palette.accent, linewidth=1.5, marker=mark, markersize=4, clip_on=False)


def as_svg(draw: Callable[[Area], None], name: str, height: float) -> str:
    """A chart as an `<svg>` element whose colours are the page's variables, so that they follow light and dark.

    `name` tells the chart's inner marks from those of others on the same page.
    """
    with report_style():
        matplotlib.rcParams["svg.hashsalt"] = name
        figure = Figure(figsize=(WIDTH, height))
        draw(Area(figure, LIGHT, 0.0, 0.0, WIDTH, height))
        stream = io.StringIO()
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _for_the_page(stream.getvalue(), name)


def _for_the_page(svg: str, name: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns:xlink="[^"]*"| xmlns="[^"]*"| version="[^"]*"', "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", svg)
    svg = svg.replace(f"'{FONT}'", "var(--font)")
    for colour in fields(LIGHT):
        svg = svg.replace(getattr(LIGHT, colour.name), f"var(--{colour.name})")
    return svg.strip()
