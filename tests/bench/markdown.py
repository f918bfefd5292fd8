"""A bench's findings as Markdown, which says on what machine and with what versions they were found."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

import torch

from bake.contract.files import written_aside
from bake.device.threads import cores


class Sheet:
    """Tables that grow row by row on the console and, if asked for, in a file that is whole after every row.

    Parameters
    ----------
    path : Path or None
        The Markdown file; None for the console alone.
    device : str
        What bakes run on: auto, cpu or cuda.
    note : str
        What else a reader has to know: seeds, sizes.
    """

    def __init__(self, path: Path | None, title: str, device: str, note: str) -> None:
        self._path, self._lines = path, []
        for line in (f"# {title}", "", machine(device), "", note):
            self._add(line)

    def begin(self, headings: tuple[str, ...]) -> None:
        """Start a table."""
        self._add("")
        self.row(*headings)
        self.row(*("---" for _ in headings))

    def row(self, *cells: str) -> None:
        """Add a row to the table."""
        self._add("| " + " | ".join(cells) + " |")

    def _add(self, line: str) -> None:
        print(line, flush=True)
        self._lines.append(line)
        if self._path is not None:
            with written_aside(self._path) as aside:
                aside.write_text("\n".join(self._lines) + "\n", encoding="utf-8")


def machine(device: str) -> str:
    """One sentence: processor, cores that bakes use, graphics processor if it is used, and versions."""
    parts = [f"{_processor()}, {cores()} cores of {os.cpu_count()}"]
    if device != "cpu" and torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name())
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("torch", "numpy", "numba"))
    return f"{'; '.join(parts)}. Python {platform.python_version()}, {versions}."


def _processor() -> str:
    """The name that Linux has for it, else what Python knows."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
