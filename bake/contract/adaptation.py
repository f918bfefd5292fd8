"""What a field file says of footage that it was adapted to after its bake, in figures and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

KEY = "adapted"
"""Under `training` in a header: a list, one entry for each time that the field was adapted, the first one first."""


@dataclass(frozen=True)
class LeftBounds:
    """What new footage showed beyond the bounds of a field, where nothing can be learnt.

    share : of the subject's pixels in the worst instant, 0 to 1.
    first_frame, last_frame : shot frames, the first and the last instant of which that is proved.
    """

    share: float
    first_frame: float
    last_frame: float

    def with_instant(self, share: float, shot_frame: float) -> LeftBounds:
        """The same, and another instant after it."""
        return LeftBounds(max(self.share, share), self.first_frame, shot_frame)

    @classmethod
    def of_metrics(cls, metrics: Mapping[str, float]) -> LeftBounds | None:
        """From the figures of a message; None where these say nothing of it."""
        if not metrics.get("left_share"):
            return None
        return cls(metrics["left_share"], metrics["left_first"], metrics["left_last"])

    def to_metrics(self) -> dict[str, float]:
        """What `of_metrics` reads back."""
        return {"left_share": self.share, "left_first": self.first_frame, "left_last": self.last_frame}

    def sentence(self) -> str:
        """For a person: what is lost, and what to do."""
        same = self.first_frame == self.last_frame
        when = f"In frame {self.first_frame:g}" if same else f"From frame {self.first_frame:g} to {self.last_frame:g}"
        return (
            f"{when}, up to {max(self.share, 0.01):.0%} of what the new footage shows is outside the field's bounds, "
            "and is lost. To keep it, bake the old and the new footage as one shot: its bounds hold all of it."
        )


@dataclass(frozen=True)
class Adaptation:
    """How a field was made from another one by adapting. Times are shot frames.

    of : content hash of the field that was adapted.
    first_frame, last_frame : of what was added.
    instants, dropped : of the footage, all cameras together, that were learnt from, and that came too fast.
    pictures : that were learnt from.
    budget : milliseconds of steps that each instant had.
    steps, step_ms : gradient steps in all, and the median of their milliseconds.
    before, after : PSNR in dB of rays of the new footage that were never learnt from, of the field as it was, held at
    its last instant, and of what became of it.
    left : whether new footage showed something beyond the field's bounds; None where nothing of that kind was found.
    """

    of: str
    first_frame: float
    last_frame: float
    instants: int
    dropped: int
    pictures: int
    budget: float
    steps: int
    step_ms: float
    before: float
    after: float
    left: LeftBounds | None = None

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads back, figures short."""
        short = {name: round(getattr(self, name), 2) for name in ("budget", "step_ms", "before", "after")}
        document = asdict(self) | short
        if self.left is None:
            del document["left"]
        else:
            document["left"]["share"] = round(self.left.share, 3)
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Adaptation:
        """Read what a field file's header says."""
        left = document.get("left")
        return cls(**{**document, "left": None if left is None else LeftBounds(**left)})

    def sentence(self) -> str:
        """For a person."""
        dropped = f" ({self.dropped} more dropped)" if self.dropped else ""
        return (
            f"frames {self.first_frame:g} to {self.last_frame:g}, {self.instants} instants{dropped}, from "
            f"{self.before:.1f} to {self.after:.1f} dB on unseen rays; {self.steps} steps of {self.step_ms:.0f} ms, "
            f"budget {self.budget:g} ms an instant; from field {self.of[:12]}"
        )


def adaptations(training: Mapping[str, Any]) -> tuple[Adaptation, ...]:
    """All that a header's `training` says of adapting."""
    return tuple(Adaptation.from_json(one) for one in training.get(KEY, ()))


def adaptation_rows(training: Mapping[str, Any]) -> dict[str, str]:
    """All that a header's `training` says of adapting, for a table: a name and a sentence each."""
    rows = {}
    for number, adapted in enumerate(adaptations(training), 1):
        rows[f"Adapted {number}"] = adapted.sentence()
        if adapted.left is not None:
            rows[f"Lost in {number}"] = adapted.left.sentence()
    return rows


def bounds_left(training: Mapping[str, Any]) -> str:
    """What a header's `training` says of footage that left the bounds, a sentence a line; "" for nothing."""
    return "\n".join(one.left.sentence() for one in adaptations(training) if one.left is not None)


def next_version(field: Path) -> Path:
    """What a new version of a field may be called: shot.stp, shot.v2.stp, shot.v3.stp; the first that is not there."""
    stem, number = field.stem, 2
    head, _, tail = stem.rpartition(".v")
    if head and tail.isdigit():
        stem, number = head, int(tail) + 1
    while (path := field.with_name(f"{stem}.v{number}{field.suffix}")).exists():
        number += 1
    return path
