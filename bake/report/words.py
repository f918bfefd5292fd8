"""Figures in the words that people use for them."""

from __future__ import annotations

from collections.abc import Sequence

_PSNR = ((38.0, "excellent"), (33.0, "very good"), (28.0, "good"), (23.0, "fair"))
_SSIM = ((0.98, "excellent"), (0.95, "very good"), (0.90, "good"), (0.80, "fair"))
_FLIP = ((0.03, "excellent"), (0.06, "very good"), (0.10, "good"), (0.18, "fair"))


def psnr_word(psnr: float) -> str:
    """One word for a PSNR, dB."""
    return next((word for least, word in _PSNR if psnr >= least), "poor")


def ssim_word(ssim: float) -> str:
    """One word for an SSIM."""
    return next((word for least, word in _SSIM if ssim >= least), "poor")


def flip_word(flip: float) -> str:
    """One word for a mean FLIP."""
    return next((word for most, word in _FLIP if flip <= most), "poor")


def duration(seconds: float) -> str:
    """Time for people."""
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def byte_size(size: int) -> str:
    """Bytes for people, decimal as file browsers count them."""
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= step:
            return f"{size / step:.1f} {unit}"
    return f"{size} bytes"


def degrees(value: float) -> str:
    """A signed, whole angle."""
    return f"{value:+.0f}°".replace("-", "\N{MINUS SIGN}") if round(value) else "0°"


def shot_frame(frame: float) -> str:
    """A shot frame, which may lie between two."""
    return f"{round(frame, 2):g}"


def spans(frames: Sequence[float], chosen: Sequence[bool]) -> str:
    """The stretches of shot frames that are chosen: "0 to 24 and 60 to 85", "throughout" or "never"."""
    if all(chosen):
        return "throughout"
    found: list[list[float]] = []
    open_one = False
    for frame, good in zip(frames, chosen, strict=True):
        if good and open_one:
            found[-1][1] = frame
        elif good:
            found.append([frame, frame])
        open_one = good
    told = [f"{first:.0f}" if round(first) == round(last) else f"{first:.0f} to {last:.0f}" for first, last in found]
    return listed(told) if told else "never"


def listed(words: Sequence[str], most: int = 4) -> str:
    """ "a, b and c", cut short where there are many."""
    words = list(words) if len(words) <= most else [*words[: most - 1], f"{len(words) - most + 1} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
