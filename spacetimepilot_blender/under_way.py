"""The work that an operator follows while the window stays alive: what it is, how far, and what panels show of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class UnderWay:
    """Work that goes on.

    Attributes
    ----------
    operator, label : str
        Who follows it: "spacetimepilot.make_volumes", and what the button says.
    told : str
        How far it is, in words.
    fraction : float
        The same from 0 to 1.
    """

    operator: str
    label: str
    told: str = ""
    fraction: float = 0.0


_now: UnderWay | None = None


def under_way() -> UnderWay | None:
    """What is followed now. There is one at a time: Escape has to mean that one."""
    return _now


def begin(operator: str, label: str) -> None:
    """From now on that operator follows work."""
    global _now
    _now = UnderWay(operator, label, label)


def end() -> None:
    """Nothing is followed any more."""
    global _now
    _now = None
