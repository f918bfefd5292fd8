"""What a bake says of fast motion in its field, in figures and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class FastMotion:
    """How fast a field's codes let things move, how fast they do, and where knots were added. Times are shot frames.

    carried : m/s that even knots can carry.
    fastest : m/s, at the least, of what was seen to be faster; None where nothing was.
    seen : between which frames that was.
    refined : from, to, and how many times as many knots as elsewhere.
    """

    carried: float
    fastest: float | None = None
    seen: tuple[float, float] | None = None
    refined: tuple[tuple[float, float, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads back, speeds to three figures."""
        short = {
            name: None if (v := getattr(self, name)) is None else float(f"{v:.3g}") for name in ("carried", "fastest")
        }
        return asdict(self) | short

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> FastMotion:
        """Read what a field file's header says."""
        return cls(
            carried=float(document["carried"]),
            fastest=None if document["fastest"] is None else float(document["fastest"]),
            seen=None if document["seen"] is None else (float(document["seen"][0]), float(document["seen"][1])),
            refined=tuple((float(a), float(b), int(times)) for a, b, times in document["refined"]),
        )

    def sentence(self, metres_per_unit: float) -> str:
        """One or two sentences for a person; a speed is as right as the scale of the capture."""
        scale = f" (one unit is {metres_per_unit:g} m)"
        if self.fastest is None or self.seen is None:
            told = f"nothing seen to move faster than {self.carried:.3g} m/s{scale}."
        else:
            told = f"{self.fastest:.3g} m/s or more between frames {self.seen[0]:g} and {self.seen[1]:g}{scale}."
        if not self.refined:
            return told
        where = ", ".join(f"{start:.0f} to {end:.0f} ({times} times)" for start, end, times in self.refined)
        return f"{told} Codes over time were made finer in frames {where}."
