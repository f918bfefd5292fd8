"""A field of two segments, baked from a real capture, and what compressing makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands.conftest import run_worker
from tests.conftest import Once
from tests.footage.making import make_capture

FRAMES = 120


@dataclass(frozen=True)
class Pair:
    """One shot: its footage, pictures that the bake has not seen, the field, and the compressed field."""

    capture: Path
    truth: Path
    full: Path
    small: Path


@pytest.fixture(scope="session")
def pair(once: Once) -> Pair:
    """Ten seconds of a ball, long enough for two segments; made once, and only read."""

    def fill(folder: Path) -> None:
        made = _in(folder)
        make_capture(made.capture.parent, count=FRAMES, size=(24, 18), fps=12)
        make_capture(made.truth.parent, count=3, size=(32, 24), fps=12)
        for words in (
            ("bake", made.capture, "-o", made.full, "--steps", 250, "--sensor", "--no-report", "--no-picture"),
            ("compress", made.full, "-o", made.small, "--steps", 12),
        ):
            done = run_worker(*words, "--device", "cpu")
            assert done.returncode == 0, done.stderr

    return _in(once("compressed", fill))


def _in(folder: Path) -> Pair:
    capture, truth = (folder / name / "transforms.json" for name in ("capture", "truth"))
    return Pair(capture, truth, folder / "ball.stp", folder / "ball.small.stp")
