"""A newcomer's first hour: the worker is set up by one button or not at all, and a sample shot is at hand."""

from __future__ import annotations

import shutil
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.blender.harness import Blender, installed
from tests.blender.wheels import make_wheels

SITE = Path(sysconfig.get_path("purelib"))
OWN = {"SPACETIMEPILOT_PYTHON": None}
REMAINS = ["lock", "setup.log"]
_WORKER = ".user/*/spacetimepilot_blender/worker"
"""The worker's environment among a user's files; the extension itself has a folder of that name, too."""


@pytest.fixture(scope="module")
def another_user(blender: Blender, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Blender:
    """The others, at work meanwhile, must not find a worker."""
    return installed(blender.version, package, tmp_path_factory.mktemp("another_user"))


@pytest.fixture
def newcomer(another_user: Blender) -> Iterator[Blender]:
    """A Blender that has no worker of its own, before and afterwards."""
    yield another_user
    for folder in another_user.resources.rglob(_WORKER):
        shutil.rmtree(folder)


def hour(blender: Blender, act: str, *tries: tuple[Path | str, str], **how: Any) -> dict[str, Any]:
    return blender.run("first_hour", act, tries, env=OWN, timeout=300, **how).values


def test_set_up_from_a_folder_of_wheels(newcomer: Blender, tmp_path: Path) -> None:
    wheels = make_wheels(tmp_path / "wheels", SITE)
    found = hour(newcomer, "set up", (wheels, sys.executable))
    assert found["said"] == ["{'FINISHED'}"] and found["state"] == "done", found
    path, well = found["worker"]
    assert well and Path(path).is_relative_to(newcomer.resources), found
    assert found["left"] == ["1", *REMAINS]
    # The worker that was set up does the work, and the sample is fit for it.
    assert "75 pictures, 1 camera, 256x192, 30 per second" in hour(newcomer, "sample", ("", ""))["said"][0]
    # One that cannot be used does not take the place of the good one; one that can does.
    broken = make_wheels(tmp_path / "broken", tmp_path, broken="flip_evaluator")
    found = hour(newcomer, "set up", (broken, sys.executable))
    assert all(words in found["said"][0] for words in ("cannot be used", "flip-evaluator", "on purpose")), found
    assert found["left"] == ["1", *REMAINS] and found["worker"] == [path, True]
    found = hour(newcomer, "set up", (wheels, sys.executable))
    assert found["left"] == ["2", *REMAINS] and found["worker"][1], found


def test_what_cannot_be_set_up_leaves_nothing(newcomer: Blender, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    tries = {
        "There are no wheels": (empty, sys.executable),
        "is not there": (tmp_path / "nowhere", sys.executable),
        "Made With names /nowhere/python, which is not a program": (empty, "/nowhere/python"),
        "Setting up ended (exit code 1)": (empty, "/bin/false"),
        "may not go online. Allow Online Access": ("", ""),
        # With Blender's own Python.
        "has no wheel of numba for Python 3": (make_wheels(tmp_path / "wheels", SITE, without="numba"), ""),
    }
    found = hour(newcomer, "set up", *tries.values())
    for words, said in zip(tries, found["said"], strict=True):
        assert said.startswith("Error: ") and words in said, (words, said)
    assert not found["worker"][1] and found["left"] == REMAINS, found


def test_cancelled_or_closed_nothing_is_left(newcomer: Blender, tmp_path: Path) -> None:
    wheels = make_wheels(tmp_path / "wheels", SITE)
    found = hour(newcomer, "cancelled", (wheels, sys.executable))
    assert "cancelled" in found["said"][0] and found["state"] == "stopped", found
    assert found["left"] == REMAINS and not found["worker"][1]
    assert hour(newcomer, "twice", (wheels, sys.executable))["said"][0].startswith("Error: Another Blender is")
    assert hour(newcomer, "killed", (wheels, sys.executable), check=False) == {}
    folder = next(newcomer.resources.rglob(_WORKER))
    until = time.monotonic() + 30
    while sorted(path.name for path in folder.iterdir()) != REMAINS and time.monotonic() < until:
        time.sleep(0.2)
    assert sorted(path.name for path in folder.iterdir()) == REMAINS
