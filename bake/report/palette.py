"""The report's colours, by what they are for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours as #rrggbb, no two alike: the page finds them in charts by their value."""

    paper: str
    card: str
    ink: str
    muted: str
    rule: str
    accent: str
    warm: str
    holds: str
    """Where re-filming holds."""
    doubtful: str
    """Where it may or may not."""


LIGHT = Palette(
    paper="#ffffff",
    card="#f5f6f8",
    ink="#1b2126",
    muted="#66707b",
    rule="#e1e5e9",
    accent="#0e7887",
    warm="#d2691e",
    holds="#a9d9d6",
    doubtful="#dff0ee",
)
DARK = Palette(
    paper="#14171a",
    card="#1c2125",
    ink="#e9ecef",
    muted="#98a2ac",
    rule="#2d3339",
    accent="#53c1cd",
    warm="#f0a05a",
    holds="#23595c",
    doubtful="#1b3335",
)
