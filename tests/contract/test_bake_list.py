"""The list of bakes, and the folder in which a bake tells how it stands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bake.contract import bake_list
from bake.contract.bake_folder import LOCK, STATE, BakeStatus, ask_to_pause, read_bake, state_folder, take_lock
from bake.contract.bake_list import Listed, enlist, listed, strike
from bake.contract.own_folder import VARIABLE, own_folder

BALL = Listed("/shots/ball.stp", "/footage", {"preset": "final", "seed": 3}, "/shots/ball.blend", "2026-01-02T00:00:00")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    return tmp_path


def test_bakes_are_listed_once_the_latest_first_until_they_are_struck() -> None:
    assert listed() == []
    other = replace(BALL, output="/shots/other.stp", started="2026-01-03T00:00:00")
    for entry in (BALL, other, replace(BALL, started="2026-01-04T00:00:00")):
        enlist(entry)
    assert [entry.output for entry in listed()] == [BALL.output, other.output]
    assert listed()[0].settings == BALL.settings and listed()[0].blend == BALL.blend
    strike(BALL.output)
    strike(BALL.output)
    assert listed() == [other]


def test_the_list_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bake_list, "MOST", 3)
    for day in range(1, 6):
        enlist(replace(BALL, output=f"/shots/{day}.stp", started=f"2026-01-0{day}T00:00:00"))
    assert [entry.output for entry in listed()] == ["/shots/5.stp", "/shots/4.stp", "/shots/3.stp"]


def test_a_damaged_entry_hides_no_other() -> None:
    enlist(BALL)
    folder = own_folder() / "bakes"
    for number, text in enumerate(("", "[1]", '{"output": 3}', "\udcff")):
        (folder / f"{number}.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert listed() == [BALL]


def record(output: Path, state: str) -> None:
    state_folder(output).mkdir()
    document = {"pid": 1, "footage": "f", "output": str(output), "state": state, "message": None}
    (state_folder(output) / STATE).write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize("state", ["running", "queued"])
def test_only_a_bake_that_holds_its_lock_lives(tmp_path: Path, state: str) -> None:
    output = tmp_path / "ball.stp"
    record(output, state)
    with (state_folder(output) / LOCK).open("ab") as lock:
        assert take_lock(lock)
        found = read_bake(output)
        assert found is not None and found.status == state and found.status.live
    found = read_bake(output)
    assert found is not None and found.status is BakeStatus.KILLED


def test_a_paused_bake_is_not_taken_for_killed(tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    record(output, "paused")
    found = read_bake(output)
    assert found is not None and found.status is BakeStatus.PAUSED and not found.status.live
    ask_to_pause(output)
    assert (state_folder(output) / "pause").exists()
