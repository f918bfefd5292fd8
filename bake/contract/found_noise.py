"""What a robust bake has found of its footage's noise and faults, as the header of a field file keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

FAULTY = 0.9
"""Trust below which a picture is named as faulty: about a tenth of it was left out, or all of it counted less."""


@dataclass(frozen=True)
class FoundNoise:
    """One value a picture, in the order of the footage.

    deviations : of encoded middle grey, in [0, 1], by which the sensor is off.
    trust : in [0, 1], the mean over the picture.
    """

    shot_frames: tuple[float, ...]
    deviations: tuple[float, ...]
    trust: tuple[float, ...]

    @property
    def faulty(self) -> tuple[tuple[float, float], ...]:
        """Shot frames that lost trust, each with what is left of it."""
        return tuple((at, own) for at, own in zip(self.shot_frames, self.trust, strict=True) if own < FAULTY)

    @property
    def sound(self) -> tuple[tuple[float, float], ...]:
        """Shot frames that are trusted, each with its deviation; of faulty ones nobody knows what is noise."""
        rows = zip(self.shot_frames, self.deviations, self.trust, strict=True)
        return tuple((at, deviation) for at, deviation, own in rows if own >= FAULTY)

    def to_json(self) -> dict[str, Any]:
        """What `from_training` reads back."""
        return asdict(self)

    @classmethod
    def from_training(cls, training: dict[str, Any]) -> FoundNoise | None:
        """From a header's `training`; None where the bake did not look for noise."""
        found = training.get("noise")
        return None if found is None else cls(**{name: tuple(values) for name, values in found.items()})
