"""Frames beside the truth, and how true they are over shot time."""

from __future__ import annotations

from ...render.metrics import Figures
from ..blocks import Chart, Comparison, Comparisons, Section, Words
from ..charts import Area, across, title
from ..material import Material, Origin
from ..measuring import ERRORS_TO, Measured
from ..words import shot_frame
from .summary import mean_figures

_WHICH = {
    Origin.TEST: "Test frames beside the field",
    Origin.HELD_OUT: "Held-out frames beside the field",
    Origin.BAKED: "Baked frames beside the field",
}
_SCALES = (("psnr", "PSNR", "dB, higher is truer"), ("ssim", "SSIM", "1 is equal"), ("flip", "FLIP", "0 is equal"))


def frames_section(material: Material) -> Section:
    """The best, a typical and the worst frame, then the figures of all that were measured."""
    measured = material.measured
    height, width = measured[0].rendered.shape[:2]
    camera = material.order.footage.frames[0].camera
    size = f"{width}x{height}"
    if (width, height) != (camera.width, camera.height) and material.origin is not Origin.TEST:
        size += f", the footage is {camera.width}x{camera.height}"
    means = mean_figures(measured)
    told = (
        f"Compared at {size} pixels, in sRGB, at standard quality. Errors are FLIP, a model of what an eye sees when "
        f"it flips between two pictures; black is equal, the scale ends at {ERRORS_TO:g}."
    )
    mean = f"Means: {means['psnr']:.2f} dB, SSIM {means['ssim']:.4f}, FLIP {means['flip']:.4f}."
    chart = Chart(
        "quality",
        lambda area: _draw(area, measured, (material.header.first_frame, material.header.last_frame)),
        2.6,
        f"PSNR, SSIM and FLIP over shot frames. {mean}",
        f"{mean} Dashed: the mean. Ringed: the frames shown above.",
    )
    return Section(_WHICH[material.origin], (Words(told), Comparisons(tuple(_shown(measured))), chart))


def picked(measured: tuple[Measured, ...]) -> dict[str, Measured]:
    """The frames that are shown, by why: the best, the middle and the worst by FLIP, as far as they are different."""
    order = sorted(measured, key=lambda one: one.figures.flip)
    if len(order) < 3:
        return dict(zip(("best", "worst"), order, strict=False)) if len(order) == 2 else {"the only one": order[0]}
    return {"best": order[0], "typical": order[len(order) // 2], "worst": order[-1]}


def figures_line(figures: Figures) -> str:
    """The figures of a frame, to as many places as `evaluate` prints."""
    return f"{figures.psnr:.2f} dB   SSIM {figures.ssim:.4f}   FLIP {figures.flip:.4f}"


def _shown(measured: tuple[Measured, ...]) -> list[Comparison]:
    return [
        Comparison(
            title=f"Shot frame {shot_frame(one.shot_frame)} ({why})",
            figures=f"{one.name}   {figures_line(one.figures)}",
            rendered=one.rendered,
            truth=one.truth,
            errors=one.errors,
        )
        for why, one in picked(measured).items()
    ]


def _draw(area: Area, measured: tuple[Measured, ...], extent: tuple[float, float]) -> None:
    palette = area.palette
    times = [one.shot_frame for one in measured]
    single = len({one.stream for one in measured}) == 1
    shown = list(picked(measured).values())
    for axes, (key, name, unit) in zip(area.row(3), _SCALES, strict=True):
        values = [getattr(one.figures, key) for one in measured]
        if single:
            axes.plot(times, values, color=palette.accent, linewidth=1.2, alpha=0.45)
        axes.plot(times, values, "o", color=palette.accent, markersize=3.6, clip_on=False)
        axes.plot(
            [one.shot_frame for one in shown],
            [getattr(one.figures, key) for one in shown],
            "o",
            markersize=7.5,
            markerfacecolor="none",
            markeredgecolor=palette.warm,
            markeredgewidth=1.3,
            clip_on=False,
        )
        axes.axhline(sum(values) / len(values), color=palette.muted, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.margins(y=0.15)
        axes.set_xlim(*extent)
        title(axes, palette, name, unit)
        across(axes, palette, "shot frame")
