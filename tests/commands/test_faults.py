"""Faults that a worker meets in real life: killed, cancelled, short of room, and handed damaged things."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bake.contract.field_file import FORMAT_VERSION
from bake.contract.messages import Done, Failed
from bake.contract.plate import is_whole
from tests.commands.conftest import ROOT, Worker, command
from tests.commands.test_bake import BRIEF, ENDLESS, baking, state, wait_for
from tests.commands.test_serve import Serving, request, serving, slow, wait_until_busy
from tests.footage.making import make_capture
from tests.footage.small_disk import small_disk

__all__ = ["serving"]  # the fixture

INTERVAL = 0.5
"""Seconds between two checkpoints of an ENDLESS bake."""


def last_step(process: subprocess.Popen[str], seconds: float) -> int:
    """The last step that a bake tells of within some seconds, after which it is killed."""
    threading.Timer(seconds, process.kill).start()
    assert process.stdout is not None
    lines = [line for line in process.stdout if line.endswith("\n")]
    process.wait()
    return max(int(json.loads(line)["step"]) for line in lines)


def test_killed_it_loses_at_most_what_came_after_the_last_checkpoint(capture: Path, tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    checkpoint = tmp_path / "ball.stp.bake/checkpoint.safetensors"
    with baking(capture, output) as process:
        wait_for(checkpoint)
        begun = time.monotonic()
        reached = last_step(process, 6 * INTERVAL)
        trained = time.monotonic() - begun
    with baking(capture, output, "--resume") as process:
        assert process.stdout is not None
        resumed = json.loads(process.stdout.readline())["step"]
    # Writing the checkpoint takes time too, and the machine may be busy: three intervals, and not the whole run.
    assert resumed >= reached * (1 - 3 * INTERVAL / trained), f"resumed at {resumed} of {reached}"


def test_a_damaged_checkpoint_is_told_and_a_fresh_bake_works(worker: Worker, capture: Path, tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    checkpoint = tmp_path / "ball.stp.bake/checkpoint.safetensors"
    with baking(capture, output):
        wait_for(checkpoint)
    data = checkpoint.read_bytes()
    for content in (data[: len(data) // 2], b"garbage " * 500, b""):
        checkpoint.write_bytes(content)
        done = worker("bake", capture, "-o", output, *ENDLESS, "--resume")
        assert done.returncode == 1 and "damaged" in done.stderr and "without --resume" in done.stderr
        assert "Traceback" not in done.stderr and state(output)["state"] == "failed"
    assert worker("bake", capture, "-o", output, *BRIEF).returncode == 0


def test_a_checkpoint_of_other_footage_is_refused(worker: Worker, capture: Path, tmp_path: Path) -> None:
    output = tmp_path / "ball.stp"
    with baking(capture, output):
        wait_for(tmp_path / "ball.stp.bake/checkpoint.safetensors")
    other = make_capture(tmp_path / "other", count=5, size=(48, 36))
    done = worker("bake", other, "-o", output, *ENDLESS, "--resume")
    assert done.returncode == 1 and "other footage" in done.stderr


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.5, 3.0, 6.0])
def test_cancelled_at_any_moment(capture: Path, tmp_path: Path, seconds: float) -> None:
    """While Python starts, footage is read, kernels are compiled, or steps are made: the old field stays as it was."""
    output = tmp_path / "ball.stp"
    output.write_bytes(b"the old field")
    process = subprocess.Popen(
        command("bake", capture, "-o", output, *ENDLESS, "--json"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has it ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    told, log = process.communicate(timeout=120)
    if not told and process.returncode in (-signal.SIGINT, 1):
        assert not log or "KeyboardInterrupt" in log, "Python itself was not up yet"
    elif told or process.returncode != 130:
        assert process.returncode == 130, log
        assert json.loads(told.splitlines()[-1])["type"] == "stopped"
    assert output.read_bytes() == b"the old field"
    assert not list(tmp_path.glob(".ball*")), "nothing half-written is left"
    if (tmp_path / "ball.stp.bake/state.json").exists():
        assert state(output)["state"] == "stopped"


def test_a_field_of_another_version_is_refused_by_the_server(
    serving: Serving, field_file: Path, tmp_path: Path
) -> None:
    data = field_file.read_bytes()
    said = f'\\"format_version\\": {FORMAT_VERSION}'.encode()
    assert data.count(said) == 1
    newer = tmp_path / "newer.stp"
    newer.write_bytes(data.replace(said, said[:-1] + b"9"))
    asked = request(1, field_file, tmp_path)
    serving.send(replace(asked, field_file=str(newer)))
    answer = serving.next()
    assert isinstance(answer, Failed) and "format 9" in answer.message and "Update SpaceTimePilot" in answer.hint
    serving.send(asked)
    assert isinstance(serving.next(), Done)


@pytest.mark.parametrize("content", [b"", b"garbage" * 999, None])
def test_a_damaged_plate_is_replaced(serving: Serving, field_file: Path, tmp_path: Path, content: bytes | None) -> None:
    asked = request(1, field_file, tmp_path)
    plate = Path(asked.path)
    serving.send(asked)
    assert isinstance(serving.next(), Done)
    whole = plate.read_bytes()
    plate.write_bytes(whole[:-100] if content is None else content)
    assert not is_whole(plate)
    serving.send(asked)
    assert isinstance(serving.next(), Done) and is_whole(plate)
    assert plate.read_bytes() == whole, "the same request gives the same plate"


def test_a_plate_on_a_full_disk(serving: Serving, field_file: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "tiny", "16k") as tiny:
        serving.send(request(1, field_file, tiny, size=96))
        answer = serving.next()
        assert isinstance(answer, Failed) and "No space left" in answer.message and "Free some" in answer.hint
        assert list(tiny.iterdir()) == []
    asked = request(2, field_file, tmp_path)
    serving.send(asked)
    assert isinstance(serving.next(), Done) and is_whole(Path(asked.path)), "the worker goes on"


def test_a_worker_killed_at_a_plate_leaves_none_that_passes_for_one(
    serving: Serving, field_file: Path, tmp_path: Path
) -> None:
    asked = slow(1, field_file, tmp_path)
    serving.send(asked)
    wait_until_busy(serving, 1)
    serving.process.kill()
    serving.process.wait()
    assert not Path(asked.path).exists()


def test_two_workers_share_a_cache(field_file: Path, tmp_path: Path) -> None:
    """Two Blenders beside one cache folder ask for the same plates at the same time: both get whole ones."""
    workers = [Serving(), Serving()]
    try:
        for one in workers:
            one.next()
        asked = [request(number, field_file, tmp_path) for number in range(1, 9)]
        for one in workers:
            one.send(*asked)
        for one in workers:
            answers = [one.next() for _ in asked]
            assert all(isinstance(answer, Done) for answer in answers), answers
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(Path(plate.path).name for plate in asked)
        assert all(is_whole(Path(plate.path)) for plate in asked)
    finally:
        for one in workers:
            one.process.kill()
            one.process.wait()


def test_pictures_that_vanish_after_the_check(worker: Worker, tmp_path: Path) -> None:
    path = make_capture(tmp_path / "footage", count=6)
    assert worker("check", path).returncode == 0
    shutil.rmtree(tmp_path / "footage/images")
    done = worker("bake", path, "-o", tmp_path / "out.stp")
    assert done.returncode == 1 and "6 problems" in done.stderr and "0003.png" in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "out.stp").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(worker: Worker, capture: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    done = worker("bake", capture, "-o", tmp_path / "out.stp")
    assert done.returncode == 1 and "Cannot write" in done.stderr and "Traceback" not in done.stderr
    tmp_path.chmod(0o700)
