"""What everybody reads: how true, how long, how large, and what needs care."""

from __future__ import annotations

import statistics

from ..blocks import Points, Section, Tile, Tiles, Words
from ..material import Material, Origin
from ..measuring import Measured
from ..words import byte_size, duration, flip_word, listed, psnr_word, shot_frame, ssim_word
from .coverage import headline
from .exposures import NOTICED
from .exposures import told as exposure_told

_WORSE_PSNR = 3.0
_WORSE_FLIP = 1.5
_OF_WHAT = {
    Origin.TEST: "Against test footage that the bake has not seen",
    Origin.HELD_OUT: "On frames that were held out of the bake",
    Origin.BAKED: "On frames that the bake has seen",
}


def summary_section(material: Material) -> Section:
    """The shot's name, its figures and what to know before working with it."""
    header, training = material.header, material.header.training
    means = mean_figures(material.measured)
    told = (
        f"{_OF_WHAT[material.origin]}, the field is {_overall(means['psnr'], means['ssim'], means['flip'])}: "
        f"{means['psnr']:.1f} dB PSNR. {headline(material.looks, header)}"
    )
    tiles = [
        Tile("PSNR", f"{means['psnr']:.1f}", "dB", psnr_word(means["psnr"])),
        Tile("SSIM, 1 is equal", f"{means['ssim']:.3f}", "", ssim_word(means["ssim"])),
        Tile("FLIP, 0 is equal", f"{means['flip']:.3f}", "", flip_word(means["flip"])),
    ]
    if isinstance(training.get("psnr"), float):
        tiles.append(Tile("Held-out pixels", f"{training['psnr']:.1f}", "dB", psnr_word(training["psnr"])))
    tiles.append(Tile("Bake", *_split(duration(float(training.get("seconds") or 0.0))), _how(material)))
    tiles.append(Tile("Field file", *_split(byte_size(material.size)), f"{header.frame_count} frames in"))
    return Section(header.shot, (Words(told), Tiles(tuple(tiles)), Points(tuple(_care(material)))))


def mean_figures(measured: tuple[Measured, ...]) -> dict[str, float]:
    """Means over frames, as `evaluate` prints them."""
    return {key: statistics.fmean(getattr(one.figures, key) for one in measured) for key in ("psnr", "ssim", "flip")}


def _overall(psnr: float, ssim: float, flip: float) -> str:
    """One judgement: the least of three words, as each figure is blind to something."""
    order = ("poor", "fair", "good", "very good", "excellent")
    return min((psnr_word(psnr), ssim_word(ssim), flip_word(flip)), key=order.index)


def _split(text: str) -> tuple[str, str]:
    """A number and what follows it."""
    value, _, unit = text.partition(" ")
    return value, unit


def _how(material: Material) -> str:
    training = material.header.training
    return f"{training.get('preset', '')} on {str(training.get('device', '')).upper()}".strip()


def _care(material: Material) -> list[str]:
    """What a person should know before trusting the field."""
    found = [_what_was_compared(material)]
    worse = _worse(material.measured)
    if worse:
        names = listed([shot_frame(one.shot_frame) for one in worse])
        found.append(f"Look twice at shot frame{'s' if len(worse) > 1 else ''} {names}: far worse than the others.")
    exposing = material.exposing
    if exposing is not None and not exposing.kept_out and exposing.range >= NOTICED:
        found.append(exposure_told(exposing))
    missed = material.looks.frames - len(material.looks.shot_frames)
    if missed:
        found.append(
            f"{missed} of {material.looks.frames} frames do not have the middle of the bounds in their picture; "
            "coverage leaves them out."
        )
    return found


def _what_was_compared(material: Material) -> str:
    shown, all_of_them = len(material.measured), material.candidates
    count = f"{shown} of {all_of_them}" if shown < all_of_them else f"all {shown}"
    if material.origin is Origin.TEST:
        return f"The figures are means over {count} frames of the test footage: views that the bake has never seen."
    if material.origin is Origin.HELD_OUT:
        every = material.header.training["hold_out"]
        return (
            f"The figures are means over {count} held-out frames (every {every}th was kept from the bake): instants "
            "that it has not seen, from cameras near those that it has."
        )
    return (
        f"The bake has seen the frames compared here ({count}); unseen are the held-out pixels alone. "
        "For honest figures of whole frames bake with --hold-out 8, or report with --test."
    )


def _worse(measured: tuple[Measured, ...]) -> list[Measured]:
    """Frames that stand out by both PSNR and FLIP."""
    psnr = statistics.median(one.figures.psnr for one in measured)
    flip = statistics.median(one.figures.flip for one in measured)
    return [one for one in measured if one.figures.psnr < psnr - _WORSE_PSNR and one.figures.flip > flip * _WORSE_FLIP]
