"""What a picture for a viewport may cost while something moves, and where it is to be looked at most closely."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

from .errors import UserError

LEAST_SECONDS, MOST_SECONDS = 0.005, 10.0
RADIUS = 0.15
"""Of a fovea, unless somebody says otherwise."""


class Favours(StrEnum):
    """Which part of a picture gets its full resolution and samples, where not all of it can."""

    EVEN = "even"
    STILL = "still"
    MOVING = "moving"


@dataclass(frozen=True)
class Fovea:
    """Where somebody looks at a picture.

    Parameters
    ----------
    x, y : float
        Shares of the picture's width and height, from its top left corner; they may lie outside.
    radius : float
        Share of the picture's height around there that is seen in full.
    """

    x: float
    y: float
    radius: float = RADIUS

    def demand_sound(self) -> None:
        """Raise a UserError that says what is wrong, if something is."""
        if not (isfinite(self.x) and isfinite(self.y)):
            raise UserError(
                f"The picture is to be looked at in ({self.x}, {self.y}), which is no place.",
                "Give shares of its width and height, (0.5, 0.5) for its middle.",
            )
        if not 0 < self.radius < float("inf"):
            raise UserError(
                f"The fovea's radius is {self.radius}, but must be more than 0.",
                f"Give it as a share of the picture's height, {RADIUS} for instance.",
            )


@dataclass(frozen=True)
class Budget:
    """Seconds that a picture may take from when it is asked for, and how it spends them."""

    seconds: float
    fovea: Fovea | None = None
    favours: Favours = Favours.EVEN

    def demand_sound(self) -> None:
        """Raise a UserError that says what is wrong, if something is."""
        if not LEAST_SECONDS <= self.seconds <= MOST_SECONDS:
            raise UserError(
                f"The frame budget is {1000 * self.seconds:g} ms.",
                f"Choose one from {1000 * LEAST_SECONDS:g} to {1000 * MOST_SECONDS:g} ms.",
            )
        if self.fovea is not None:
            self.fovea.demand_sound()

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back exactly."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Budget:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError
            If something is missing or of the wrong kind.
        """
        fovea = document.get("fovea")
        return cls(
            float(document["seconds"]),
            None if fovea is None else Fovea(**fovea),
            Favours(document.get("favours", Favours.EVEN)),
        )
