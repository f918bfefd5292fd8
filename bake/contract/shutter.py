"""What blurs a plate: the time for which a shutter is open, and the lens's aperture.

Both are those of the render: a plate is the mean of what is seen while the shutter is open, through all of the lens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .instant import Instant


@dataclass(frozen=True)
class Shutter:
    """The time for which it is open.

    Parameters
    ----------
    instants : two or more
        Evenly spaced from where it opens to where it closes, both included; in between all moves evenly.
    openness : tuple of float
        How far it is open at evenly spaced places from the first instant to the last, straight in between; empty if it
        is open all the time.
    """

    instants: tuple[Instant, ...]
    openness: tuple[float, ...] = ()

    def places(self, count: int) -> NDArray[np.float64]:
        """(count,) places from 0, where it opens, to 1, that all let in the same light, in the order of time."""
        shares = (np.arange(count) + 0.5) / count
        open_at = np.maximum(np.asarray(self.openness, dtype=np.float64), 0)
        if len(open_at) < 2 or not open_at.any():
            return shares
        fine = np.linspace(0, 1, 16 * (len(open_at) - 1) + 1)
        light = np.interp(fine, np.linspace(0, 1, len(open_at)), open_at)
        total = np.concatenate([[0], np.cumsum((light[1:] + light[:-1]) / 2)])
        return np.interp(shares, total / total[-1], fine)

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back exactly."""
        return {"instants": [one.to_json() for one in self.instants], "openness": list(self.openness)}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Shutter:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError
            If something is missing or of the wrong kind.
        """
        instants = tuple(Instant.from_json(one) for one in document["instants"])
        if len(instants) < 2:
            raise ValueError("a shutter has at least two instants")
        return cls(instants, tuple(float(value) for value in document["openness"]))


@dataclass(frozen=True)
class Aperture:
    """A lens that is not a pinhole, as Cycles has it (`camera_sample_aperture` in its sources).

    Parameters
    ----------
    radius : float
        Scene units.
    focus : float
        Planar depth of what is sharp, scene units.
    blades : int
        Corners of the polygon; fewer than three make a disc.
    rotation : float
        Of the polygon, radians.
    ratio : float
        How many times as high as wide it is.
    """

    radius: float
    focus: float
    blades: int = 0
    rotation: float = 0.0
    ratio: float = 1.0

    def points(self, u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 2) places on the lens, scene units, from (N,) numbers in [0, 1): even ones give an even cover."""
        if self.blades < 3:
            # Shirley and Chiu 1997, A low distortion map between disk and square.
            place = _disc(2 * u - 1, 2 * v - 1)
        else:
            corner, within = np.divmod(u * self.blades, 1.0)
            side = np.sqrt(within)
            one, other = 1 - side, v * side
            half = np.pi / self.blades
            x, y = (one + other) * np.cos(half), (one - other) * np.sin(half)
            turn = self.rotation + corner * 2 * half
            place = np.stack([np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y], axis=1)
        return place * np.array([self.radius / self.ratio, self.radius])


def _disc(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    wide = np.abs(x) > np.abs(y)
    radius = np.where(wide, x, y)
    short = np.where(wide, y, x) / np.where(radius == 0, 1.0, radius)
    angle = np.where(wide, np.pi / 4 * short, np.pi / 2 - np.pi / 4 * short)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
