"""How a field is seen at one instant: by which camera, where it is, and which of its own times it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .camera import Camera


@dataclass(frozen=True)
class Instant:
    """Camera, place and shot frame, as a `PlateRequest` has them."""

    camera: Camera
    field_to_scene: tuple[float, ...]
    shot_frame: float

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back exactly."""
        return {
            "camera": self.camera.to_json(),
            "field_to_scene": list(self.field_to_scene),
            "shot_frame": self.shot_frame,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Instant:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError
            If something is missing or of the wrong kind.
        """
        place = tuple(float(value) for value in document["field_to_scene"])
        return cls(Camera.from_json(document["camera"]), place, float(document["shot_frame"]))
