"""What a doctor finds, in the worker and in Blender. Standard library alone: it serves a Python without NumPy too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `mend` says what to do where it is not good."""

    name: str
    good: bool
    found: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{'ok  ' if self.good else 'MEND'}  {self.name:<24} {self.found}"
        return f"{line}\n      {'':<24} -> {self.mend}" if self.mend else line
