"""The command line of a bake, made from its settings, so that any bake can be begun again as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SETTINGS = (
    "preset", "minutes", "device", "seed", "pixel_memory", "curriculum", "adaptive", "steps", "checkpoint_seconds",
    "hold_out", "sensor", "histogram", "robust", "fast_motion", "precision", "test", "report", "picture",
    "colour_space", "ocio",
)  # fmt: skip
"""Everything that decides what a bake makes, by the names that its record keeps."""
ADAPT_SETTINGS = (
    "adapt", "budget", "buffer", "first_frame", "rate", "watch", "idle", "device", "seed", "steps", "colour_space",
    "ocio",
)  # fmt: skip
"""The same of adapting a field, where `adapt` is the field file to go on from; no bake has that."""
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
    """What follows `python -m bake`. Settings that are not given, or None, are left to the worker.

    With a setting `adapt` it is not a bake but that field file which goes on; it always begins at once, and anew.
    """
    if settings.get("adapt"):
        words = ["adapt", str(settings["adapt"]), footage, "-o", output]
        for name in ADAPT_SETTINGS[1:]:
            words += _words(name, settings.get(name))
        return [*words, f"--blend={blend}"] if blend else words
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
