"""The list of bakes, with real worker processes and one Blender after another."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bake.contract.bake_folder import read_bake
from bake.contract.own_folder import VARIABLE
from tests.blender.harness import Blender
from tests.footage.making import make_capture


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return make_capture(tmp_path / "footage", count=8, size=(48, 36))


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A list of its own; what bakes on afterwards is killed, as these bakes outlive their Blender."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "own"))
    yield
    for folder in tmp_path.glob("*.stp.bake"):
        record = read_bake(folder.with_suffix(""))
        if record is not None and record.status.live:
            os.kill(record.process, signal.SIGKILL)


def test_queue_pause_resume_and_the_next_blender(blender: Blender, tmp_path: Path, capture: Path) -> None:
    seen = blender.run("bake_list", tmp_path, capture, "queue", timeout=400).values
    assert seen["waits"] == "Waits for 1 bake: first.stp"
    assert "first.stp is being baked already" in seen["refused"]
    assert seen["picture"] == [48, 36]
    assert seen["asked"] == "Pausing" and seen["paused"].startswith("Paused at ")
    assert seen["in_another_file"] == ["second.stp", "first.stp"] and not seen["in_the_blend"]
    seen = blender.run("bake_list", tmp_path, capture, "found", timeout=400).values
    asked_by = str(tmp_path / "queue.blend")
    assert seen["found"] == {"first.stp": ["running", asked_by], "second.stp": ["stopped", asked_by]}
    assert "it was killed" in seen["killed"] and "Resume goes on" in seen["killed"]
    assert seen["retried"].startswith("Training, step ")
    assert "still runs" in seen["running_removed"]
    assert "There is no " in seen["lost"] and "second.stp.bake" in seen["lost"]
    assert seen["left"] == ["first.stp"]


def test_the_extension_is_disabled_while_it_bakes(blender: Blender, tmp_path: Path, capture: Path) -> None:
    seen = blender.run("bake_list", tmp_path, capture, "disabled", timeout=200).values
    assert seen == {"threads": 0, "again": "third.stp"}


def test_a_disk_that_hangs_holds_up_nothing(blender: Blender, tmp_path: Path, capture: Path) -> None:
    seen = blender.run("bake_list", tmp_path, capture, "hangs").values
    assert "does not answer" in seen["mute"] and "There is no" in seen["sound"]
    assert seen["longest"] < 0.2 and seen["more_threads"] <= 2, seen
