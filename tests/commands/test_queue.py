"""Bakes that wait for each other, rest and go on: real processes, as Blenders and shells start them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bake.commands.command_line import make_parser
from bake.contract.bake_command import SETTINGS, bake_words
from bake.contract.bake_folder import BakeRecord, BakeStatus, ask_to_pause, ask_to_stop, read_bake
from bake.contract.bake_list import listed
from bake.contract.field_file import read_header
from bake.contract.messages import Queued
from bake.contract.own_folder import VARIABLE, own_folder
from tests.commands.conftest import ROOT, Worker, command
from tests.commands.test_bake import ENDLESS
from tests.footage.making import make_capture
from tests.footage.small_disk import small_disk

SHORT = ("--preset", "preview", "--steps", 10, "--device", "cpu", "--no-report")
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))


@pytest.fixture
def start(capture: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts a bake of `NAME.stp`; whatever still runs at the end is killed."""
    processes = []

    def begin(name: str, *words: object) -> subprocess.Popen[str]:
        line = command("bake", capture, "-o", tmp_path / name, "--json", *words)
        process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


def until(output: Path, wanted: Callable[[BakeRecord], bool]) -> BakeRecord:
    """How a bake stands as soon as it is as wanted."""
    deadline = time.monotonic() + 90
    while (found := read_bake(output)) is None or not wanted(found):
        assert time.monotonic() < deadline, f"{output.name} never came to that: {found}"
        time.sleep(0.05)
    return found


def trains(record: BakeRecord) -> bool:
    return record.progress is not None and record.progress.step > 0


def waits(record: BakeRecord) -> bool:
    return record.status is BakeStatus.QUEUED


def types(process: subprocess.Popen[str]) -> list[str]:
    told, _ = process.communicate(timeout=120)
    return [json.loads(line)["type"] for line in told.splitlines()]


def test_first_come_first_served(start: Start, tmp_path: Path) -> None:
    start("a.stp", *ENDLESS)
    until(tmp_path / "a.stp", trains)
    processes = []
    for name in ("b.stp", "c.stp"):
        processes.append(start(name, *SHORT, "--queue"))
        until(tmp_path / name, waits)
    found = read_bake(tmp_path / "c.stp")
    assert found is not None and found.message == Queued(2, str(tmp_path / "b.stp"))
    assert {Path(entry.output).name for entry in listed()} == {"a.stp", "b.stp", "c.stp"}
    ask_to_stop(tmp_path / "a.stp")
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    ends = [(tmp_path / f"{name}.stp").stat().st_mtime for name in "bc"]
    assert ends[0] < ends[1]
    assert "queued" in types(processes[0]) and not list((own_folder() / "queue").glob("*.ticket"))


def test_a_paused_bake_lets_the_next_one_begin_and_goes_on_where_it_was(start: Start, tmp_path: Path) -> None:
    first = start("a.stp", *ENDLESS)
    until(tmp_path / "a.stp", trains)
    second = start("b.stp", *ENDLESS, "--queue")
    until(tmp_path / "b.stp", waits)
    ask_to_pause(tmp_path / "a.stp")
    assert first.wait(timeout=60) == 130 and types(first)[-1] == "paused"
    found = until(tmp_path / "a.stp", lambda _: True)
    assert found.status is BakeStatus.PAUSED and trains(found)
    until(tmp_path / "b.stp", trains)
    second.kill()
    second.wait()
    resumed = start("a.stp", *ENDLESS, "--queue", "--resume")
    again = until(tmp_path / "a.stp", lambda record: record.process == resumed.pid)
    assert again.progress is not None and again.progress.step > 0, "as far as it was, before it trains again"
    assert resumed.stdout is not None
    steps = (json.loads(line).get("step", 0) for line in resumed.stdout)
    assert next(step for step in steps if step) > 1, "the killed bake has left the queue, the paused one goes on"


@pytest.mark.parametrize(("ask", "status"), [(ask_to_stop, "stopped"), (ask_to_pause, "paused")])
def test_one_that_waits_can_be_taken_out(
    start: Start, tmp_path: Path, ask: Callable[[Path], None], status: str
) -> None:
    start("a.stp", *ENDLESS)
    until(tmp_path / "a.stp", trains)
    waiting = start("b.stp", *SHORT, "--queue")
    until(tmp_path / "b.stp", waits)
    ask(tmp_path / "b.stp")
    assert waiting.wait(timeout=30) == 130
    assert until(tmp_path / "b.stp", lambda _: True).status == status


def test_killed_while_it_waits(start: Start, tmp_path: Path) -> None:
    first = start("a.stp", *ENDLESS)
    until(tmp_path / "a.stp", trains)
    waiting, last = start("b.stp", *SHORT, "--queue"), None
    until(tmp_path / "b.stp", waits)
    last = start("c.stp", *SHORT, "--queue")
    until(tmp_path / "c.stp", waits)
    waiting.kill()
    waiting.wait()
    assert until(tmp_path / "b.stp", lambda _: True).status is BakeStatus.KILLED
    first.send_signal(signal.SIGKILL)
    assert last.wait(timeout=120) == 0 and read_header(tmp_path / "c.stp").frame_count == 8


def test_without_a_queue_it_begins_at_once(start: Start, tmp_path: Path) -> None:
    start("a.stp", *ENDLESS)
    until(tmp_path / "a.stp", trains)
    assert start("b.stp", *SHORT).wait(timeout=120) == 0


def test_what_is_wrong_with_footage_is_told_before_it_waits(start: Start, worker: Worker, tmp_path: Path) -> None:
    start("a.stp", *ENDLESS)
    until(tmp_path / "a.stp", trains)
    bad = make_capture(tmp_path / "bad")
    (bad.parent / "images/0000.png").unlink()
    assert "0000.png" in worker("bake", bad, "-o", tmp_path / "b.stp", "--queue").stderr


def test_a_queue_that_cannot_be_kept_is_told_and_matters_to_nobody_else(
    worker: Worker, capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    done = worker("bake", capture, "-o", tmp_path / "a.stp", *SHORT, "--queue")
    assert done.returncode == 1 and "cannot be used" in done.stderr and VARIABLE in done.stderr
    assert worker("bake", capture, "-o", tmp_path / "a.stp", *SHORT).returncode == 0


def test_a_state_folder_that_is_deleted_comes_back(start: Start, worker: Worker, capture: Path, tmp_path: Path) -> None:
    process = start("a.stp", *ENDLESS)
    until(tmp_path / "a.stp", trains)
    shutil.rmtree(tmp_path / "a.stp.bake")
    found = until(tmp_path / "a.stp", lambda record: record.status is BakeStatus.RUNNING)
    assert found.process == process.pid
    done = worker("bake", capture, "-o", tmp_path / "a.stp", *SHORT)
    assert done.returncode == 1 and f"running (process {process.pid})" in done.stderr
    ask_to_stop(tmp_path / "a.stp")
    assert process.wait(timeout=60) == 130


def test_a_full_disk_is_told_in_the_state(worker: Worker, capture: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "tiny", "24k") as tiny:
        (tiny / "ball.stp.bake").mkdir()
        (tiny / "ball.stp.bake/state.json").write_bytes(b" " * 4096)
        (tiny / "rest").write_bytes(os.urandom(8192))
        worker("bake", capture, "-o", tiny / "ball.stp", *SHORT)
        found = read_bake(tiny / "ball.stp")
        assert found is not None and found.status is BakeStatus.FAILED, "not taken for killed"
        assert "No space left" in getattr(found.message, "message", ""), found


def test_a_bake_can_be_asked_for_again_as_it_was() -> None:
    line = ["bake", "f", "-o", "o.stp", "--minutes", "0.1", "--seed", "7", "--no-histogram", "--sensor", "--no-report"]
    for words in (
        line,
        ["bake", "f", "-o", "o.stp"],
        [*line, "--test", "truth", "--hold-out", "4", "--no-picture", "--precision=half"],
    ):
        asked = make_parser().parse_args(words)
        settings = {name: getattr(asked, name) for name in SETTINGS}
        again = make_parser().parse_args(bake_words("f", "o.stp", settings, resume=True, queue=True, blend="b.blend"))
        assert {name: getattr(again, name) for name in SETTINGS} == settings
        assert again.resume and again.queue and again.blend == "b.blend"
