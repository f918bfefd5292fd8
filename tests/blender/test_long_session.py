"""A farm keeps Blender open for hundreds of frames: memory stays flat, and nothing is left behind, come what may."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.blender.fields import write_box_field
from tests.blender.harness import Blender

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which only Linux has")
FRAMES = 500
SETTLED = 100
"""Frames after which nothing is new to Blender or to the worker any more."""
WINDOW = 50
FLAT = 0.05


@pytest.fixture(autouse=True)
def newer(blender: Blender) -> None:
    """One Blender does: what is watched is our own, and hundreds of frames take minutes."""
    if blender.version != "5.2":
        pytest.skip("sessions are watched in Blender 5.2")


def session(blender: Blender, folder: Path, frames: int, end: str = "usual") -> list[list[int]]:
    """Render in a new Blender whose temporary files lie in `folder`/temporary; bytes of both processes by frame."""
    (folder / "temporary").mkdir(exist_ok=True)
    write_box_field(folder / "box.stp")
    done = blender.run(
        "long_session",
        folder,
        folder / "box.stp",
        frames,
        end,
        timeout=1500,
        env={"TMPDIR": str(folder / "temporary")},
        check=end in ("usual", "worker killed"),
    )
    return list(done.values.get("seen", []))


def left_behind(folder: Path) -> list[str]:
    """Temporary files and folders of ours, and the worker if it still runs, given a moment to go."""
    worker = int((folder / "worker").read_text())
    deadline = time.monotonic() + 10
    while (left := _left(folder, worker)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _left(folder: Path, worker: int) -> list[str]:
    names = [path.name for path in (folder / "temporary").glob("*spacetimepilot*")]
    names += [path.name for path in (folder / "spacetimepilot_plates").glob(".*")]
    names += [path.name for path in Path("/dev/shm").glob("*spacetimepilot*")]
    return names + ([f"process {worker}"] if _runs(worker) else [])


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.minutes
@pytest.mark.timeout(1800)
def test_memory_stays_flat(blender: Blender, tmp_path: Path) -> None:
    seen = np.array(session(blender, tmp_path, FRAMES), dtype=float)
    assert len(seen) >= FRAMES and len(list((tmp_path / "spacetimepilot_plates").glob("*.exr"))) == FRAMES
    first, last = np.median(seen[SETTLED : SETTLED + WINDOW], axis=0), np.median(seen[-WINDOW:], axis=0)
    assert (last < first * (1 + FLAT)).all(), f"host and worker, bytes: {first} -> {last}"
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("end", ["usual", "worker killed", "Blender killed"])
def test_nothing_is_left_behind(blender: Blender, tmp_path: Path, end: str) -> None:
    session(blender, tmp_path, 2, end)
    assert left_behind(tmp_path) == []


def test_what_both_leave_when_both_are_killed_goes_with_the_next_session(blender: Blender, tmp_path: Path) -> None:
    session(blender, tmp_path, 1, "both killed")
    assert left_behind(tmp_path), "nobody was there to clear it away"
    session(blender, tmp_path, 1)
    assert left_behind(tmp_path) == []
