"""The real worker, started as Blender and pipelines start it, and a small field that it has baked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.footage.making import make_capture

ROOT = Path(__file__).resolve().parents[2]
Worker = Callable[..., subprocess.CompletedProcess[str]]


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "bake", *map(str, words)]


def run_worker(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="session")
def worker() -> Worker:
    """Runs `python -m bake` with the words given, to its end."""
    return run_worker


@pytest.fixture(scope="session")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The transforms.json of a small capture with alpha."""
    return make_capture(tmp_path_factory.mktemp("capture"), count=8, size=(48, 36))


@pytest.fixture(scope="session")
def field_file(capture: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A field of that capture, baked for a moment."""
    path = tmp_path_factory.mktemp("field") / "ball.stp"
    done = run_worker(
        "bake", capture, "-o", path, "--preset", "preview", "--steps", 150, "--device", "cpu", "--seed", 3, "--sensor"
    )
    assert done.returncode == 0, done.stderr
    return path
