"""How a bake went, second by second, in a bounded number of points."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..contract.errors import UserError
from ..contract.files import read_json, write_json

MOST_POINTS = 200


@dataclass(frozen=True)
class Moment:
    """`seconds` are of training; `psnr`, dB, is of held-out rays; NaN where a figure is not known."""

    step: int
    seconds: float
    loss: float
    psnr: float
    rays_per_second: float


class History:
    """Moments of a bake. A long one is thinned as it goes, so that its points stay evenly spread and few."""

    def __init__(self, moments: list[Moment] | None = None) -> None:
        self._kept = moments or []
        self._latest: Moment | None = None
        self._every, self._told = 1, 0

    @property
    def moments(self) -> list[Moment]:
        """All that is known, the latest moment included."""
        return self._kept if self._latest is None else [*self._kept, self._latest]

    def add(self, moment: Moment) -> None:
        """Take note of a moment; where notes are dense enough, the next one takes its place."""
        self._told += 1
        self._latest = moment
        if self._told % self._every:
            return
        self._kept.append(moment)
        self._latest = None
        if len(self._kept) > 2 * MOST_POINTS:
            self._kept = self._kept[1::2]
            self._every *= 2

    def to_json(self) -> dict[str, list[float | None]]:
        """One list a figure, `MOST_POINTS` long at most, the last moment among them; null where it is not known."""
        moments = self.moments
        stride = -(-len(moments) // MOST_POINTS) or 1
        kept = moments[::-1][::stride][::-1]
        return {name.name: [_short(getattr(moment, name.name)) for moment in kept] for name in fields(Moment)}

    @classmethod
    def from_json(cls, document: Any) -> History:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError, KeyError, TypeError
            If it is something else.
        """
        columns = [document[name.name] for name in fields(Moment)]
        rows = zip(*columns, strict=True)
        return cls([Moment(int(row[0]), *(math.nan if v is None else float(v) for v in row[1:])) for row in rows])

    def save(self, path: Path) -> None:
        """Write it as JSON, aside and then renamed."""
        write_json(path, self.to_json())

    @classmethod
    def load(cls, path: Path, last_step: int) -> History:
        """The history up to a step; an empty one where it cannot be read, because no bake shall fail of that."""
        with suppress(UserError, ValueError, KeyError, TypeError):
            return cls([moment for moment in cls.from_json(read_json(path)).moments if moment.step <= last_step])
        return cls()


def _short(value: float) -> float | None:
    """Five figures are more than a chart shows."""
    return float(f"{value:.5g}") if math.isfinite(value) else None
