"""What a compressed field says of itself: what it was made from, how, and what it costs; kept in its header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

KEY = "compression"
"""Under which it stands in a header's `training`."""


@dataclass(frozen=True)
class Standing:
    """Of one field: its file in bytes, milliseconds a picture, and means over the pictures that were compared.

    The figures are None where there was nothing to compare with.
    """

    bytes: int
    milliseconds: float
    psnr: float | None
    ssim: float | None
    flip: float | None


@dataclass(frozen=True)
class Compression:
    """How a field was made smaller.

    Parameters
    ----------
    of : str
        Content hash of the field that it was made from.
    pruned : float
        Share of the networks' hidden units that was removed.
    eight_bits : bool
        Whether tables and deformation are kept in eight bits.
    cells : float
        Share of the occupied cells that are still looked at.
    samples : float
        Share of a quality's samples that a ray gets.
    teacher : str
        What it learnt from: "footage" or "field".
    steps : int
    seed : int
    compared : str
        With what the figures compare: "test", "held out", "footage" or "field".
    pictures : int
        How many were compared.
    device : str
        On which the milliseconds were measured.
    before, after : Standing
    """

    of: str
    pruned: float
    eight_bits: bool
    cells: float
    samples: float
    teacher: str
    steps: int
    seed: int
    compared: str
    pictures: int
    device: str
    before: Standing
    after: Standing

    @classmethod
    def from_training(cls, training: Mapping[str, Any]) -> Compression | None:
        """What a header's `training` says; None of a field that is as it was baked."""
        found = training.get(KEY)
        if not found:
            return None
        document = dict(found)
        before, after = Standing(**document.pop("before")), Standing(**document.pop("after"))
        return cls(before=before, after=after, **document)

    def to_json(self) -> dict[str, Any]:
        """What `from_training` reads back under `KEY`."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """For people, in one line."""
        before, after = self.before, self.after
        told = (
            f"{before.bytes / max(after.bytes, 1):.0f} times smaller ({after.bytes / 1e6:.2f} MB), "
            f"{before.milliseconds / max(after.milliseconds, 1e-9):.1f} times faster"
        )
        if after.psnr is None:
            return told
        if before.psnr is None:
            return f"{told}, {after.psnr:.1f} dB from the original"
        return f"{told}, {after.psnr - before.psnr:+.2f} dB"

    def table(self) -> str:
        """Before and after, for people."""
        rows = [("", "before", "after")]
        rows.append(("file, MB", f"{self.before.bytes / 1e6:.2f}", f"{self.after.bytes / 1e6:.2f}"))
        rows.append(
            (f"ms a picture ({self.device})", f"{self.before.milliseconds:.0f}", f"{self.after.milliseconds:.0f}")
        )
        for name, label, form in (("psnr", "PSNR, dB", ".2f"), ("ssim", "SSIM", ".4f"), ("flip", "FLIP", ".4f")):
            known = [getattr(standing, name) for standing in (self.before, self.after)]
            if known[1] is not None:
                before, after = ("-" if value is None else format(value, form) for value in known)
                rows.append((label, before, after))
        width = max(len(label) for label, _, _ in rows) + 2
        lines = [f"{label:<{width}}{before:>9}{after:>9}" for label, before, after in rows]
        return "\n".join([*lines, f"Compared with {self.pictures} pictures of {_COMPARED[self.compared]}."])


_COMPARED = {
    "test": "test footage",
    "held out": "the footage that the bake has not seen",
    "footage": "the footage that the bake has seen",
    "field": "the original field",
}
