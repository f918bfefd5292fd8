"""The command line of a bake, made from its settings, so that any bake can be begun again as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SETTINGS = (
    "preset", "minutes", "device", "seed", "pixel_memory", "curriculum", "adaptive", "steps", "checkpoint_seconds",
    "hold_out", "sensor", "histogram", "robust", "fast_motion", "full_precision", "test", "report", "picture",
    "colour_space", "ocio",
)  # fmt: skip
"""Everything that decides what a bake makes, by the names that its record keeps."""
_ON = frozenset({"histogram", "report", "picture"})
"""Switches that are on unless the command line says `--no-...`."""


def bake_words(
    footage: str,
    output: str,
    settings: Mapping[str, Any],
    *,
    resume: bool = False,
    queue: bool = False,
    blend: str = "",
) -> list[str]:
    """What follows `python -m bake`. Settings that are not given, or None, are left to the worker."""
    words = ["bake", footage, "-o", output]
    for name in SETTINGS:
        words += _words(name, settings.get(name))
    words += ["--resume"] * resume + ["--queue"] * queue
    return [*words, f"--blend={blend}"] if blend else words


def _words(name: str, value: Any) -> list[str]:
    option = name.replace("_", "-")
    if value is None or isinstance(value, (dict, list)):
        return []
    if isinstance(value, bool):
        if name in _ON:
            return [] if value else [f"--no-{option}"]
        return [f"--{option}"] if value else []
    return [f"--{option}={value}"]
