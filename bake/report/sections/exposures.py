"""How the exposure of the footage changes, and where that went."""

from __future__ import annotations

from ..blocks import Chart, Section, Words
from ..charts import Area, across, title
from ..exposing import Exposing
from ..material import Material

NOTICED = 0.1
"""Stops between two frames that one may see."""


def exposures_section(material: Material) -> Section | None:
    """Stops over shot time; None where they are not known, or alike and nobody has asked for them."""
    found = material.exposing
    if found is None or (not found.kept_out and found.range < NOTICED):
        return None
    extent = material.header.first_frame, material.header.last_frame
    chart = Chart(
        "exposures",
        lambda area: _draw(area, found, extent),
        2.6,
        f"Stops over shot frames; {found.range:.2f} between the darkest and the brightest.",
    )
    return Section("Exposure of the footage", (Words(told(found)), chart))


def told(found: Exposing) -> str:
    """What a person should know of it."""
    between = f"Between the darkest and the brightest frame of the footage lie {found.range:.2f} stops."
    if found.kept_out:
        return f"{between} They are kept out of the field: it shows all frames alike, or as Exposure of chooses."
    return (
        f"{between} The bake took all frames as alike, so this is in the field as if the scene had changed. Bake with "
        "Find Exposures (--sensor) to keep it out."
    )


def _draw(area: Area, found: Exposing, extent: tuple[float, float]) -> None:
    axes = area.row(1)[0]
    axes.plot(found.shot_frames, found.stops, "o", color=area.palette.accent, markersize=2.6, clip_on=False)
    axes.set_xlim(*extent)
    title(axes, area.palette, "Exposure", "stops, median frame 0")
    across(axes, area.palette, "shot frame")
