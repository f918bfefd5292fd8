"""From where, and when, the footage looked: where re-filming holds and where it breaks."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from ...contract.coverage import ANGLE, BREAKS, HOLDS, SECONDS, Arc, Looks, arcs, coverage, coverage_around
from ...contract.field_file import FieldHeader
from ..blocks import Chart, Facts, Section, Words
from ..charts import SMALL, TIME, Area, across, title
from ..material import Material
from ..words import degrees, listed, spans

_AZIMUTHS: NDArray[np.float64] = np.arange(-180.0, 180.0, 2.0)
_ELEVATIONS: NDArray[np.float64] = np.linspace(-90.0, 90.0, 61)
_SIDES = {"the front": 0.0, "the right": 90.0, "behind": 180.0, "the left": -90.0}
"""Azimuths, degrees, by what people call them."""
_WIDE = 350.0
_MOST_TIMES = 121


def coverage_section(material: Material) -> Section:
    """Charts of directions and times, and the same in words."""
    looks, header = material.looks, material.header
    title_ = "Where re-filming holds"
    if not len(looks.directions):
        told = "No frame of the footage has the middle of the field's bounds in its picture: coverage is not known."
        return Section(title_, (Words(told),))
    return Section(
        title_,
        (
            Words(" ".join([*still_told(looks), moving_told(looks, header)])),
            Chart(
                "coverage",
                lambda area: _draw(area, looks, header),
                3.9,
                "Directions from which the footage looked, over shot time and over the sky.",
                f"Directions are from the middle of the bounds; azimuth 0° is where shot frame "
                f"{looks.shot_frames.min():g} was filmed from, positive to that camera's right, seen along Z. "
                f"Holds: within {ANGLE:g}° of a filmed view (left: and {SECONDS:g} s); doubtful: within twice that. "
                "Left, each azimuth at its best elevation. A rule of thumb that knows cameras alone.",
            ),
            Facts(_by_side(looks, header)),
        ),
    )


def headline(looks: Looks, header: FieldHeader) -> str:
    """Where re-filming holds, in one sentence."""
    if not len(looks.directions):
        return "Where re-filming holds cannot be told: the footage does not look at the middle of the bounds."
    still = coverage_around(looks, _AZIMUTHS, None)[:, 0]
    held = arcs(_AZIMUTHS, _holds(still))
    broken = [side for side, azimuth in _SIDES.items() if _near(still, azimuth) < BREAKS]
    always = arcs(_AZIMUTHS, _throughout(_holds(coverage_around(looks, _AZIMUTHS, _times(header)))))
    where = "all around" if _width(held) >= _WIDE else f"{_named(held)} around the subject"
    moving = "" if _width(always) >= 0.8 * _width(held) else ", and for what moves only near the camera of its instant"
    breaks = f"; it breaks {listed([f'from {side}' for side in broken])}" if broken else ""
    return f"Re-filming holds {where}{moving}{breaks}."


def still_told(looks: Looks) -> list[str]:
    """Sentences about what stands still."""
    held = arcs(_AZIMUTHS, _holds(coverage_around(looks, _AZIMUTHS, None)[:, 0]))
    where = "all around" if _width(held) >= _WIDE else f"{_named(held)} of azimuth"
    low, high = looks.elevations.min(), looks.elevations.max()
    near, far = looks.distances.min(), looks.distances.max()
    return [
        f"What stands still holds {where}, filmed at elevations from {degrees(low)} to {degrees(high)}.",
        f"The cameras stood {near:.3g} to {far:.3g} units from the middle; nearer than that, detail runs out.",
    ]


def moving_told(looks: Looks, header: FieldHeader) -> str:
    """A sentence about what moves."""
    times = _times(header)
    holds = _holds(coverage_around(looks, _AZIMUTHS, times))
    always = arcs(_AZIMUTHS, _throughout(holds))
    if _width(always) >= _WIDE:
        return "What moves holds all around, at every instant."
    if len(always) > 2:
        return f"What moves holds over {_width(always):.0f}° at every instant, in {len(always)} arcs."
    if always:
        return f"What moves holds {_named(always)} at every instant."
    unseen = _throughout(~holds.T)
    gap = f" In shot frames {spans(times.tolist(), unseen.tolist())} no camera was near." if unseen.any() else ""
    width = float(np.median(holds[:, ~unseen].mean(axis=0)) * 360) if not unseen.all() else 0.0
    first, last = looks.azimuths[np.argmin(looks.shot_frames)], looks.azimuths[np.argmax(looks.shot_frames)]
    steps = np.abs((np.diff(looks.azimuths[np.argsort(looks.shot_frames)]) + 180) % 360 - 180)
    travels = f", from {degrees(first)} at the start to {degrees(last)} at the end" if np.median(steps) < 5 else ""
    return f"What moves holds over {width:.0f}° at a time, around the cameras of its instant{travels}.{gap}"


def _by_side(looks: Looks, header: FieldHeader) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """When a view from each side holds, for what moves and what stands still."""
    times = _times(header)
    moving, still = coverage_around(looks, _AZIMUTHS, times), coverage_around(looks, _AZIMUTHS, None)[:, 0]
    word = ("breaks", "doubtful", "holds")
    rows_moving, rows_still = [], []
    for side, azimuth in _SIDES.items():
        name = side.removeprefix("the ").capitalize()
        at = int(np.argmin(np.abs((_AZIMUTHS - azimuth + 180) % 360 - 180)))
        when = spans(times.tolist(), _holds(moving[at]).tolist())
        rows_moving.append(
            (f"{name} ({degrees(azimuth)})", when if when in ("throughout", "never") else f"frames {when}")
        )
        rows_still.append((f"{name} ({degrees(azimuth)})", word[int(still[at] >= HOLDS) + int(still[at] >= BREAKS)]))
    return ("What moves holds from", tuple(rows_moving)), ("What stands still, from", tuple(rows_still))


def _holds(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(values >= HOLDS, dtype=np.bool_)


def _throughout(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows are chosen as a whole."""
    return np.asarray(chosen.all(axis=1), dtype=np.bool_)


def _near(values: NDArray[np.float64], azimuth: float) -> float:
    return float(values[int(np.argmin(np.abs((_AZIMUTHS - azimuth + 180) % 360 - 180)))])


def _times(header: FieldHeader) -> NDArray[np.float64]:
    count = min(int(header.last_frame - header.first_frame) + 1, _MOST_TIMES)
    return np.linspace(header.first_frame, header.last_frame, max(count, 2))


def _width(found: list[Arc]) -> float:
    return sum(high - low for low, high in found)


def _named(found: list[Arc]) -> str:
    return listed([f"from {degrees(low)} to {degrees(high)}" for low, high in found]) if found else "nowhere"


def _draw(area: Area, looks: Looks, header: FieldHeader) -> None:
    each = (area.width - 0.75 - 0.85 - 0.4) / 2
    high = area.height - 1.15
    _draw_times(area, area.axes(0.75, 0.35, each, high), looks, header)
    _draw_sky(area, area.axes(0.75 + each + 0.85, 0.35, each, high), looks)
    _legend(area)


def _draw_times(area: Area, axes: Axes, looks: Looks, header: FieldHeader) -> None:
    palette, times = area.palette, _times(header)
    values = coverage_around(looks, _AZIMUTHS, times)
    closed = np.concatenate([values, values[:1]])
    _bands(area, axes, times, np.append(_AZIMUTHS, 180.0), closed)
    _marks(axes, looks.shot_frames, looks.azimuths, looks)
    axes.set_ylim(-180, 180)
    axes.set_yticks([-180, -90, 0, 90, 180], ["behind", "left", "front", "right", "behind"])
    axes.set_xlim(header.first_frame, header.last_frame)
    title(axes, palette, "What moves", "azimuth over shot time")
    across(axes, palette, "shot frame")


def _draw_sky(area: Area, axes: Axes, looks: Looks) -> None:
    palette = area.palette
    azimuths = np.append(_AZIMUTHS, 180.0)
    start = np.arctan2(looks.directions[:, 1], looks.directions[:, 0])[np.argmin(looks.shot_frames)]
    turn, rise = np.meshgrid(np.radians(azimuths) + start, np.radians(_ELEVATIONS))
    sky = np.stack([np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)], axis=-1)
    values = coverage(looks, sky.reshape(-1, 3), None).reshape(turn.shape)
    _bands(area, axes, azimuths, _ELEVATIONS, values)
    _marks(axes, looks.azimuths, looks.elevations, looks)
    axes.set_xlim(-180, 180)
    axes.set_ylim(-90, 90)
    axes.set_xticks([-180, -90, 0, 90, 180], ["behind", "left", "front", "right", "behind"])
    axes.set_yticks([-90, -45, 0, 45, 90], ["below", degrees(-45), "level", degrees(45), "above"])
    title(axes, palette, "What stands still", "azimuth and elevation")


def _bands(area: Area, axes: Axes, x: NDArray, y: NDArray, values: NDArray) -> None:
    colours = [area.palette.doubtful, area.palette.holds]
    axes.contourf(x, y, values, levels=[BREAKS, HOLDS, 1.01], colors=colours, zorder=0)
    axes.grid(axis="both", color=area.palette.rule, linewidth=0.7)
    axes.set_axisbelow(False)


def _marks(axes: Axes, x: NDArray, y: NDArray, looks: Looks) -> None:
    many = len(x) > 400
    axes.scatter(
        x,
        y,
        c=looks.shot_frames,
        cmap=TIME,
        s=4 if many else 13,
        alpha=0.5 if many else 1.0,
        linewidths=0,
        zorder=3,
        clip_on=False,
        rasterized=many,
    )


def _legend(area: Area) -> None:
    palette = area.palette
    handles = [
        Patch(facecolor=palette.holds, label="holds"),
        Patch(facecolor=palette.doubtful, label="doubtful"),
        Patch(facecolor="none", edgecolor=palette.rule, label="breaks"),
        Line2D([], [], linestyle="", marker="o", markersize=4, color=TIME(0.0), label="first frame of the footage"),
        Line2D([], [], linestyle="", marker="o", markersize=4, color=TIME(1.0), label="last"),
    ]
    strip = area.axes(0.75, area.height - 0.32, area.width - 0.85, 0.3)
    strip.set_axis_off()
    strip.legend(
        handles=handles,
        ncols=len(handles),
        loc="center left",
        bbox_to_anchor=(0, 0.5),
        borderaxespad=0,
        frameon=False,
        fontsize=SMALL,
        labelcolor=palette.muted,
        handlelength=1.3,
        columnspacing=1.8,
    )
