"""What a robust bake has found of its footage's noise and faults, as a field file keeps it.

That is one number a picture and more, so it lies in a tensor, `TENSOR`; in older files it lies in the header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .field_file import FieldTensors

TENSOR = "noise.found"
"""(3, F) float64, in the order of `FoundNoise`."""
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

    def to_array(self) -> NDArray[np.float64]:
        """What `TENSOR` holds."""
        return np.array([self.shot_frames, self.deviations, self.trust], dtype=np.float64)


def read_noise(path: Path, training: Mapping[str, Any]) -> FoundNoise | None:
    """What a field file says, of whose header `training` is; None where the bake did not look for noise.

    Raises
    ------
    UserError
        If the file cannot be read, or is damaged there.
    """
    told = training.get("noise")
    if told is not None:
        return FoundNoise(**{name: tuple(values) for name, values in told.items()})
    if not training.get("robust"):
        return None
    tensors = FieldTensors(path)
    if TENSOR not in tensors.names():
        return None
    found = tensors.read(TENSOR)
    if found.dtype != np.float64 or found.ndim != 2 or len(found) != 3:
        raise UserError(f"The field file {path} is damaged: {TENSOR} is not of the kind it should be.")
    return FoundNoise(*(tuple(values.tolist()) for values in found))
