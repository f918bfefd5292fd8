"""A bake as a process: found again, cancelled, killed, resumed, refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bake.commands.bake_state import BakeState
from bake.contract.bake_folder import BakeStatus, ask_to_stop, read_bake
from bake.contract.field_file import read_header
from bake.contract.messages import Stopped
from tests.commands.conftest import ROOT, Worker, command
from tests.footage.making import make_capture
from tests.footage.small_disk import small_disk

ENDLESS = ("--preset", "preview", "--steps", 1_000_000, "--device", "cpu", "--checkpoint-seconds", 0.5)
BRIEF = ("--preset", "preview", "--steps", 5, "--device", "cpu", "--no-report")


@contextmanager
def baking(capture: Path, output: Path, *words: object) -> Iterator[subprocess.Popen[str]]:
    """A bake without end; it has begun to train when the block is entered."""
    process = subprocess.Popen(
        command("bake", capture, "-o", output, *ENDLESS, "--json", *words),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            message = json.loads(line)
            assert message["type"] == "progress", message
            if message["step"] > 0:
                break
        yield process
    finally:
        process.kill()
        process.communicate()


def state(output: Path) -> dict:
    return json.loads((output.parent / f"{output.name}.bake/state.json").read_text(encoding="utf-8"))


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} never came"
        time.sleep(0.05)


def test_json_is_progress_and_then_done(worker: Worker, capture: Path, tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    done = worker("bake", capture, "-o", output, "--preset", "preview", "--steps", 20, "--device", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert {message["type"] for message in messages[:-1]} == {"progress"}
    assert messages[-1]["type"] == "done" and messages[-1]["path"] == str(output)
    assert messages[-1]["metrics"]["steps"] == 20
    fractions = [message["fraction"] for message in messages[:-1]]
    assert fractions[0] == 0 and max(fractions) <= 1
    found = state(output)
    assert found["state"] == "done" and found["settings"]["steps"] == 20 and found["footage"] == str(capture)
    assert read_header(output).frame_count == 8


def test_lines_for_people_and_farms(worker: Worker, capture: Path, tmp_path: Path) -> None:
    done = worker("bake", capture, "-o", tmp_path / "ball.stp", "--preset", "preview", "--steps", 20, "--device", "cpu")
    assert done.returncode == 0 and "Done: " in done.stdout
    for word in ("Error:", "Exception:", "Warning"):
        assert word not in done.stdout + done.stderr


@pytest.mark.parametrize("how", ["file", "SIGINT", "SIGTERM"])
def test_cancel(capture: Path, tmp_path: Path, how: str) -> None:
    output = tmp_path / "ball.stp"
    with baking(capture, output) as process:
        assert state(output)["pid"] == process.pid and state(output)["state"] == "running"
        if how == "file":
            (tmp_path / "ball.stp.bake/cancel").touch()
        else:
            process.send_signal(getattr(signal, how))
        told, log = process.communicate(timeout=120)
    assert process.returncode == 130, log
    assert json.loads(told.splitlines()[-1])["type"] == "stopped"
    assert state(output)["state"] == "stopped" and not (tmp_path / "ball.stp.bake/cancel").exists()


def test_killed_and_resumed(capture: Path, tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    checkpoint = tmp_path / "ball.stp.bake/checkpoint.safetensors"
    with baking(capture, output) as process:
        wait_for(checkpoint)
        process.kill()
        process.wait()
    assert not output.exists() and state(output)["state"] == "running", "killed: nobody could tidy up"
    with baking(capture, output, "--resume") as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["step"] > 1


def test_a_second_bake_of_one_output_is_refused(worker: Worker, capture: Path, tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    with baking(capture, output) as process:
        done = worker("bake", capture, "-o", output, "--steps", 5)
        assert done.returncode == 1 and f"running (process {process.pid})" in done.stderr
        assert state(output)["pid"] == process.pid


def test_a_state_left_behind_does_not_block(worker: Worker, capture: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ball.stp.bake"
    folder.mkdir()
    (folder / "state.json").write_text(json.dumps({"pid": os.getpid(), "state": "running"}), encoding="utf-8")
    (folder / "cancel").touch()
    long_ago = time.time() - 3600
    os.utime(folder / "cancel", (long_ago, long_ago))
    done = worker("bake", capture, "-o", tmp_path / "ball.stp", *BRIEF)
    assert done.returncode == 0, done.stderr


def test_where_it_says_stopped_no_request_is_left_for_the_next_bake(tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    with BakeState(tmp_path, output, {}) as state:
        ask_to_stop(output)
        state.finish(BakeStatus.STOPPED, Stopped("Cancelled."))
        found = read_bake(output)
        assert found is not None and found.status is BakeStatus.STOPPED
        assert not (tmp_path / "ball.stp.bake/cancel").exists()


def test_it_outlives_whoever_started_it(capture: Path, tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    process = subprocess.Popen(
        command("bake", capture, "-o", output, *BRIEF, "--json"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=200) == 0
    assert state(output)["state"] == "done" and read_header(output).frame_count == 8


def test_a_full_disk(worker: Worker, capture: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "tiny", "48k") as tiny:
        done = worker("bake", capture, "-o", tiny / "ball.stp", "--preset", "preview", "--steps", 20, "--device", "cpu")
        assert done.returncode == 1 and "No space left" in done.stderr and "Traceback" not in done.stderr
        assert done.stderr.count("Free some disk space") == 1
        left = [path.name for path in tiny.rglob("*") if path.is_file()]
        assert set(left) <= {"state.json", "bake.log", "lock", "picture.png"}, left


def test_bad_footage_and_bad_outputs(worker: Worker, capture: Path, tmp_path: Path) -> None:
    bad = make_capture(tmp_path)
    (tmp_path / "images/0000.png").unlink()
    (tmp_path / "images/0001.png").write_bytes(b"")
    done = worker("bake", bad, "-o", tmp_path / "out.stp")
    assert done.returncode == 1 and "2 problems" in done.stderr and "0001.png: the file is empty" in done.stderr
    assert state(tmp_path / "out.stp")["state"] == "failed" and not (tmp_path / "out.stp").exists()
    assert "does not end in .stp" in worker("bake", capture, "-o", tmp_path / "out.field").stderr
    (tmp_path / "folder.stp").mkdir()
    assert "is a folder" in worker("bake", capture, "-o", tmp_path / "folder.stp").stderr
