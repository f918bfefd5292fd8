"""What a plate may carry beside colour and depth, for compositors.

All of it is of the plate's own instant, of what a pixel's median depth meets, and neither blurred nor filtered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from .instant import Instant


class Layer(StrEnum):
    """What can be asked for."""

    POSITION = "position"
    """Where it is, scene space and units."""
    NORMAL = "normal"
    """Where its surface faces, scene space, of length 1."""
    VECTOR = "vector"
    """How it moves in the picture, as Blender's pass of that name: see VECTOR_CHANNELS."""
    MATTES = "mattes"
    """Whose it is, and how much of it moves by itself."""
    CONFIDENCE = "confidence"
    """How well the footage knows it: see `render.confidence`."""


NUMBER = ("Z",)
VECTOR_CHANNELS = ("X", "Y", "Z", "W")
"""Pixels to the right and up: where it was at the scene frame before, from where it is; where it is, from where it will
be at the scene frame after."""
RANK_CHANNELS = ("R", "G", "B", "A")
"""Number and share of the matte that covers most of the pixel, and of the next one."""

DEEP_SUFFIX = ".deep.exr"

MOVING = "Moving"
"""How much of the pixel moves by itself, times alpha; neither camera nor the field's object count."""
OBJECT_MATTE, MOTION_MATTE = "CryptoObject", "CryptoMotion"
"""Cryptomatte layers: the field's object, and what moves and what stands still."""
MOVING_NAME, STILL_NAME = "moving", "still"

CHANNELS: Mapping[Layer, Mapping[str, tuple[str, ...]]] = {
    Layer.POSITION: {"Position": ("X", "Y", "Z")},
    Layer.NORMAL: {"Normal": ("X", "Y", "Z")},
    Layer.VECTOR: {"Vector": VECTOR_CHANNELS},
    Layer.MATTES: {MOVING: NUMBER, f"{OBJECT_MATTE}00": RANK_CHANNELS, f"{MOTION_MATTE}00": RANK_CHANNELS},
    Layer.CONFIDENCE: {"Confidence": NUMBER},
}
"""By layer the names in the file, and their channels."""
SHOWN: Mapping[Layer, str] = {layer: next(iter(names)) for layer, names in CHANNELS.items()}
"""By layer what of it the compositing shows."""


def channels_of(kinds: Iterable[Layer]) -> list[str]:
    """Channels of some layers, by their names in the file."""
    return [f"{name}.{letter}" for kind in kinds for name, letters in CHANNELS[kind].items() for letter in letters]


@dataclass(frozen=True)
class PlateLayers:
    """Which layers a plate carries.

    `name` is the field object's, for its matte; "" without mattes. `before` and `after` are the scene frames between
    which vectors lie; None without vectors. With `deep`, a deep picture lies beside the plate: see `deep_file`.
    """

    kinds: tuple[Layer, ...]
    name: str = ""
    before: Instant | None = None
    after: Instant | None = None
    deep: bool = False

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `layers_of` reads back exactly."""
        return {
            "kinds": [kind.value for kind in self.kinds],
            "name": self.name,
            "before": None if self.before is None else self.before.to_json(),
            "after": None if self.after is None else self.after.to_json(),
            "deep": self.deep,
        }


def layers_of(document: Mapping[str, Any]) -> PlateLayers:
    """Read what `PlateLayers.to_json` wrote.

    Raises
    ------
    ValueError, KeyError, TypeError
        If something is missing or of the wrong kind.
    """
    before, after = (None if document[one] is None else Instant.from_json(document[one]) for one in ("before", "after"))
    kinds = tuple(Layer(kind) for kind in document["kinds"])
    return PlateLayers(kinds, str(document["name"]), before, after, bool(document["deep"]))


def deep_file(plate: Path) -> Path:
    """Where the deep picture of a plate lies."""
    return plate.with_name(f"{plate.stem}{DEEP_SUFFIX}")
