"""How the bake went."""

from __future__ import annotations

import math

from matplotlib.ticker import NullFormatter

from ..blocks import Chart, Section, Words
from ..charts import Area, across, line, title
from ..material import Material


def training_section(material: Material) -> Section:
    """Loss, held-out PSNR and speed over the minutes of the bake."""
    training = material.header.training
    history = material.history
    if history is None:
        return Section("How the bake went", (Words("This field was baked without keeping its curves."),))
    told = (
        f"{training.get('steps', '?')} steps. Held-out pixels are taken from all baked frames and never trained on; "
        "alpha is laid over black. A PSNR that still climbs steeply at the end would have gained by more minutes."
    )
    chart = Chart(
        "training",
        lambda area: _draw(area, history),
        2.6,
        "Loss, PSNR of held-out pixels and rays a second over the minutes of the bake.",
    )
    return Section("How the bake went", (Words(told), chart))


def _draw(area: Area, history: dict[str, list[float]]) -> None:
    longest = max(history["seconds"])
    per, unit = (60.0, "minutes") if longest >= 120 else (1.0, "seconds")
    times = [seconds / per for seconds in history["seconds"]]
    loss, psnr, rate = area.row(3)
    line(loss, area.palette, times, history["loss"])
    if any(value > 0 for value in history["loss"]):
        loss.set_yscale("log")
        loss.yaxis.set_major_formatter("{x:g}")
        loss.yaxis.set_minor_formatter(NullFormatter())
    title(loss, area.palette, "Loss", "logarithmic")
    line(psnr, area.palette, times, _fresh(history["psnr"]))
    title(psnr, area.palette, "Held-out pixels", "PSNR, dB")
    line(rate, area.palette, times, [value / 1000 for value in history["rays_per_second"]])
    rate.set_ylim(bottom=0)
    title(rate, area.palette, "Speed", "thousand rays a second")
    for axes in (loss, psnr, rate):
        axes.set_xlim(0, max(times[-1], 1e-3))
        across(axes, area.palette, unit)


def _fresh(values: list[float]) -> list[float]:
    """Held-out pixels are judged now and then: a value that only stands from last time is none."""
    return [value if number == 0 or value != values[number - 1] else math.nan for number, value in enumerate(values)]
