"""What is wrong with footage, collected so that all of it can be told at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..contract.errors import UserError

_SHOWN = 12


@dataclass(frozen=True)
class Problem:
    """One finding: the file, the frame as people call it (either may be empty), and what is the matter."""

    file: str
    frame: str
    what: str

    def __str__(self) -> str:
        where = f"{self.file}, frame {self.frame}" if self.frame and self.file else self.file or f"frame {self.frame}"
        return f"{where}: {self.what}"


@dataclass
class Findings:
    """Problems stop a bake; notes are oddities that the reader could live with."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def problem(self, what: str, *, file: object = "", frame: str = "") -> None:
        """Record something that must be mended."""
        self.problems.append(Problem(str(file), frame, what))

    def note(self, what: str, *, file: object = "", frame: str = "") -> None:
        """Record something that was understood all the same."""
        self.notes.append(Problem(str(file), frame, what))


class FootageError(UserError):
    """Footage that cannot be baked; `problems` lists everything that is wrong with it."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(problems)
        lines = [f"  {problem}" for problem in problems[:_SHOWN]]
        if count > _SHOWN:
            lines.append(f"  ... and {count - _SHOWN} more")
        found = "a problem" if count == 1 else f"{count} problems"
        super().__init__(
            f"The footage {source} has {found}:\n" + "\n".join(lines) + "\n", "Mend the footage, then try again."
        )
