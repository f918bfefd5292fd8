"""Names under which OpenColorIO configurations know the colour spaces that matter to both sides."""

from __future__ import annotations

from dataclasses import dataclass

LINEAR_REC709 = (
    "lin_rec709_srgb",
    "lin_rec709_scene",
    "Linear Rec.709",
    "Linear Rec.709 (sRGB)",
    "lin_rec709",
    "lin_srgb",
    "Utility - Linear - Rec.709",
    "Utility - Linear - sRGB",
)
"""Names and aliases of scene-linear Rec.709, which plates are in. The first is OpenColorIO's own for it."""


@dataclass(frozen=True)
class Recorded:
    """What footage was recorded in.

    `space` is a name in the OpenColorIO configuration `config`, "" for what the footage itself says. `config` is a file
    or `ocio://...`, "" for that of the environment variable OCIO, or the one that OpenColorIO brings along.
    """

    space: str = ""
    config: str = ""


NOBODY_SAYS = Recorded()
_SRGB = ("srgb", "srgb - texture", "srgb encoded rec.709 (srgb)", "utility - srgb - texture", "srgb_texture")


def is_plain(name: str) -> bool:
    """Whether a colour space is sRGB, or "", so that it takes no OpenColorIO to know what values mean."""
    return not name or name.lower() in _SRGB
