"""The plates that a stretch of the timeline needs, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import bpy

from ...bake.contract.messages import PlateRequest
from ..plates.frame_plates import frame_plates


@dataclass
class ShotPlates:
    """By scene frame: the request for each field, by the object's name; a hidden field has none.

    `faults` are sentences about frames for which there can be no plates.
    """

    frames: list[int]
    requests: dict[int, dict[str, PlateRequest]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def names(self) -> dict[int, dict[str, str]]:
        """Paths of the plates, which say what they show, wherever native surfaces were written down for them."""
        return {frame: {name: one.path for name, one in row.items()} for frame, row in self.requests.items()}


def shot_plates(scene: bpy.types.Scene, layer: bpy.types.ViewLayer, frames: Iterable[int]) -> ShotPlates:
    """Go through frames and collect; the scene stays at the frame it is at."""
    shot = ShotPlates(list(frames))
    found = frame_plates(scene, layer, shot.frames)
    shot.requests = {
        number: {thing.name: request for thing, request in row.items()} for number, row in found.requests.items()
    }
    faults: dict[str, list[int]] = {}
    for number, error in found.faults.items():
        faults.setdefault(str(error), []).append(number)
    shot.faults = [f"{_told(numbers)}: {sentence}" for sentence, numbers in faults.items()]
    return shot


def _told(frames: list[int]) -> str:
    return f"Frame {frames[0]}" if len(frames) == 1 else f"Frames {frames[0]} to {frames[-1]}"
