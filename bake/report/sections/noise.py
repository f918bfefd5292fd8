"""How noisy the footage is, and which of its frames the bake did not trust."""

from __future__ import annotations

import numpy as np

from ...contract.found_noise import FoundNoise, read_noise
from ..blocks import Chart, Section, Words
from ..charts import Area, across, title
from ..material import Material
from ..words import listed, shot_frame

_MOST_NAMED = 24


def noise_section(material: Material) -> Section | None:
    """Noise and trust over shot time, and faulty frames by name; None where the bake did not look for them."""
    noise = read_noise(material.order.field_file, material.header.training)
    if noise is None:
        return None
    extent = material.header.first_frame, material.header.last_frame
    told = "Noise is the deviation of middle grey that the sensor adds. What is not trusted counted little in the bake."
    chart = Chart(
        "noise",
        lambda area: _draw(area, noise, extent),
        2.6,
        f"Noise and trust over shot frames. {_named(noise)}",
        "Noise is estimated from what the field leaves over: only strong noise is told from what is not learnt yet.",
    )
    return Section("Noise and faults of the footage", (Words(f"{_named(noise)} {told}"), chart))


def _named(noise: FoundNoise) -> str:
    if not noise.faulty:
        return "No frame was found to be faulty."
    names = [f"{shot_frame(at)} ({trust:.0%} trusted)" for at, trust in noise.faulty]
    return f"Faulty shot frames: {listed(names, _MOST_NAMED)}."


def _draw(area: Area, noise: FoundNoise, extent: tuple[float, float]) -> None:
    palette = area.palette
    left, right = area.row(2)
    sound = np.array(noise.sound).reshape(-1, 2)
    left.plot(sound[:, 0], sound[:, 1], "o", color=palette.accent, markersize=2.6, clip_on=False)
    left.set_ylim(bottom=0)
    title(left, palette, "Noise", "of 1, trusted frames")
    right.plot(noise.shot_frames, noise.trust, "o", color=palette.accent, markersize=2.6, clip_on=False)
    right.set_ylim(0, 1)
    title(right, palette, "Trust", "1: all of the frame")
    for axes in (left, right):
        axes.set_xlim(*extent)
        across(axes, palette, "shot frame")
