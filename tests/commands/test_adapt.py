"""`adapt` as a process: a field goes on with footage that comes after its bake, recorded or as it appears on disk."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bake.compression.compress import CompressSettings, compress
from bake.contract.adaptation import Adaptation, adaptations, next_version
from bake.contract.camera import Camera
from bake.contract.errors import UserError
from bake.contract.field_file import read_cameras, read_header
from bake.field.storage import load_field, save_field
from bake.render.frame import render_frame
from tests.blender.fields import LAST_FRAME, filmed_from, write_box_field
from tests.commands.conftest import ROOT, Worker, command
from tests.footage.making import ball_picture, edited, make_capture, orbit, write

BAKED, FRAMES, CAMERAS, SIZE = 6, 10, 4, (40, 30)


def film(folder: Path, frames: range, name: str = "transforms.json") -> Path:
    """A rig that sees a ball travel along x, and from the end of the bake on race back: nobody has seen that before."""
    width, height = SIZE
    (folder / "images").mkdir(parents=True, exist_ok=True)
    entries = []
    for frame in frames:
        for number in range(CAMERAS):
            pose = orbit(number, CAMERAS)
            camera = Camera(width, height, 48.0, 48.0, width / 2, height / 2, tuple(pose.ravel()))
            when = frame / 10 if frame < BAKED else 0.5 - 0.3 * (frame - BAKED + 1)
            path = f"images/{frame:02d}_{number}.png"
            Image.fromarray(ball_picture(camera, when)).save(folder / path)
            pose_there = pose.tolist()
            entries.append({"file_path": path, "shot_frame": frame, "camera": number, "transform_matrix": pose_there})
    lens = {"w": width, "h": height, "fl_x": 48.0, "fl_y": 48.0, "cx": width / 2, "cy": height / 2}
    return write(folder / name, {"camera_model": "PINHOLE", "fps": 24, "frames": entries, **lens})


@pytest.fixture(scope="module")
def baked(tmp_path_factory: pytest.TempPathFactory, worker: Worker) -> Path:
    """A field of the first frames."""
    folder = tmp_path_factory.mktemp("baked")
    done = worker(
        "bake", film(folder / "old", range(BAKED)), "-o", folder / "ball.stp", "--steps", 150, "--device", "cpu",
        "--no-report", "--no-picture",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "ball.stp"


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All frames, those that were baked too, as a capture that has grown."""
    return film(tmp_path_factory.mktemp("new"), range(FRAMES)).parent


def test_a_field_goes_on_and_what_was_there_stays(worker: Worker, baked: Path, new: Path, tmp_path: Path) -> None:
    before = baked.read_bytes()
    output = tmp_path / "ball.v2.stp"
    done = worker("adapt", baked, new, "-o", output, "--steps", 30, "--device", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert {message["type"] for message in messages[:-1]} == {"progress"} and messages[-1]["type"] == "done"
    assert baked.read_bytes() == before
    header, old = read_header(output), read_header(baked)
    (told,) = adaptations(header.training)
    assert told.of == old.content_hash != header.content_hash
    assert (told.first_frame, told.last_frame, told.instants, told.dropped) == (BAKED, FRAMES - 1, 4, 0)
    assert told.pictures == 16 and told.steps == 120 and told.step_ms > 0
    assert told.after > told.before + 3 and told.left is None, told
    assert (header.first_frame, header.last_frame, header.frame_count) == (0, FRAMES - 1, old.frame_count + 16)
    streams = read_cameras(output).streams()
    assert [stream.shot_frames.tolist() for stream in streams] == [list(range(FRAMES))] * CAMERAS
    was, now = load_field(baked, "cpu"), load_field(output, "cpu")
    unseen = Camera(*SIZE, 48.0, 48.0, SIZE[0] / 2, SIZE[1] / 2, tuple(orbit(1, 7).ravel()))
    for frame in (0, 2.5, BAKED - 1):
        one, other = (render_frame(field, unseen, frame) for field in (was, now))
        assert np.array_equal(one.rgba, other.rgba) and np.array_equal(one.depth, other.depth)
    truth = ball_picture(unseen, 0.5 - 0.3 * 3)[..., 3] / 255
    missed = [np.abs(render_frame(field, unseen, BAKED + 2).rgba[..., 3] - truth).mean() for field in (was, now)]
    assert missed[1] < 0.7 * missed[0], missed
    info = worker("info", output).stdout
    assert "Adapted 1" in info and "frames 6 to 9, 4 instants" in info and "0 to 9" in info

    again = worker("adapt", output, new, "-o", next_version(output), "--steps", 1, "--device", "cpu")
    assert again.returncode == 1 and "brings nothing new" in again.stderr and "--first-frame 10" in again.stderr
    later = ("--first-frame", FRAMES, "--steps", 1, "--device", "cpu")
    third = worker("adapt", output, new, "-o", tmp_path / "ball.v3.stp", *later)
    assert third.returncode == 0, third.stderr
    header = read_header(tmp_path / "ball.v3.stp")
    assert header.last_frame == 2 * FRAMES - 1 and [one.instants for one in adaptations(header.training)] == [4, 10]
    longest = load_field(tmp_path / "ball.v3.stp", "cpu")
    assert np.array_equal(render_frame(longest, unseen, 8).rgba, render_frame(now, unseen, 8).rgba)


def test_a_compressed_field_goes_on_but_what_goes_on_is_not_compressed(
    worker: Worker, baked: Path, new: Path, tmp_path: Path
) -> None:
    small, longer = tmp_path / "small.stp", tmp_path / "small.v2.stp"
    compress(baked, small, None, None, CompressSettings(steps=2, device="cpu"), lambda _: None, lambda: False)
    done = worker("adapt", small, new, "-o", longer, "--steps", 2, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    was, now = load_field(small, "cpu"), load_field(longer, "cpu")
    assert now.config.hidden_units == was.config.hidden_units < load_field(baked, "cpu").config.hidden_units
    assert longer.stat().st_size * 2 < baked.stat().st_size
    unseen = Camera(*SIZE, 48.0, 48.0, SIZE[0] / 2, SIZE[1] / 2, tuple(orbit(1, 7).ravel()))
    for frame in (2.5, BAKED - 1):
        assert np.array_equal(render_frame(was, unseen, frame).rgba, render_frame(now, unseen, frame).rgba)
    assert render_frame(now, unseen, FRAMES - 1).rgba[..., 3].max() > 0.5
    adapted = tmp_path / "adapted.stp"
    save_field(adapted, now, replace(read_header(longer), training={}), {})
    with pytest.raises(UserError, match="was adapted to more footage") as refused:
        compress(adapted, small, None, None, CompressSettings(steps=2), lambda _: None, lambda: False)
    assert "then adapt" in refused.value.hint


def test_what_leaves_the_bounds_is_told(worker: Worker, tmp_path: Path) -> None:
    """A ball that is twice as large as the box."""
    write_box_field(tmp_path / "box.stp", half=0.4, cameras=filmed_from([0, 120, 240], [0.0, 4.0, LAST_FRAME]))
    output = tmp_path / "box.v2.stp"
    new = make_capture(tmp_path / "new", count=2)
    words = ("--first-frame", LAST_FRAME + 1, "--steps", 1, "--device", "cpu")
    done = worker("adapt", tmp_path / "box.stp", new, "-o", output, *words)
    assert done.returncode == 0, done.stderr
    (told,) = adaptations(read_header(output).training)
    assert told.left is not None and 0.3 < told.left.share < 0.9
    assert (told.left.first_frame, told.left.last_frame) == (10, 11)
    sentence = told.left.sentence()
    assert sentence.startswith("From frame 10 to 11, up to ") and "bake the old and the new footage as one" in sentence
    assert sentence in done.stdout
    # A shell that is no terminal is told of progress every few seconds alone.
    each = worker("adapt", tmp_path / "box.stp", new, "-o", tmp_path / "box.v3.stp", *words, "--json")
    assert "of it outside the bounds" in each.stdout
    assert sentence in worker("info", output).stdout
    assert Adaptation.from_json(told.to_json()) == told


def test_what_comes_too_fast_is_dropped_oldest_first(worker: Worker, baked: Path, new: Path, tmp_path: Path) -> None:
    output = tmp_path / "late.stp"
    words = ("--budget", 1, "--buffer", 1, "--rate", 1000, "--device", "cpu")
    done = worker("adapt", baked, new, "-o", output, *words)
    assert done.returncode == 0, done.stderr
    (told,) = adaptations(read_header(output).training)
    # All have come before the first look is over; the newest is the one that is left.
    assert told.instants + told.dropped == 4 and told.dropped >= 2 and told.last_frame == FRAMES - 1
    assert f"({told.dropped} more dropped)" in done.stdout


@pytest.fixture
def arriving(new: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder in which pictures appear one after the other; what lists them is there from the start."""
    folder = tmp_path / "arriving"
    (folder / "images").mkdir(parents=True)
    shutil.copy(new / "transforms.json", folder)

    def appear() -> None:
        for frame in range(BAKED, FRAMES):
            for number in range(CAMERAS):
                time.sleep(0.02)
                name = f"images/{frame:02d}_{number}.png"
                data = (new / name).read_bytes()
                (folder / name).write_bytes(data[: len(data) // 2])
                (folder / name).write_bytes(data)

    thread = threading.Thread(target=appear)
    thread.start()
    yield folder
    thread.join()


def test_pictures_are_taken_as_they_appear(worker: Worker, baked: Path, arriving: Path, tmp_path: Path) -> None:
    output = tmp_path / "live.stp"
    words = ("--watch", "--idle", 3, "--buffer", 9, "--steps", 1, "--device", "cpu")
    done = worker("adapt", baked, arriving, "-o", output, *words)
    assert done.returncode == 0, done.stderr
    (told,) = adaptations(read_header(output).training)
    assert (told.instants, told.pictures, told.last_frame) == (4, 16, FRAMES - 1)


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "file"])
def test_what_is_stopped_midway_leaves_no_file(baked: Path, new: Path, tmp_path: Path, how: str) -> None:
    output = tmp_path / "half.stp"
    words = ("--budget", 600_000, "--device", "cpu", "--json")
    process = subprocess.Popen(
        command("adapt", baked, new, "-o", output, *words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["phase"] == "adapting":
                break
        time.sleep(1)
        if how == "file":
            (tmp_path / "half.stp.bake/cancel").touch()
        else:
            process.send_signal(getattr(signal, how))
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == (-signal.SIGKILL if how == "SIGKILL" else 130)
    assert [path.name for path in tmp_path.iterdir()] == ["half.stp.bake"]


def change(path: Path, **header: Any) -> None:
    edited(path, lambda document: document.update(header))


def elsewhere(document: dict[str, Any]) -> None:
    for frame in document["frames"]:
        frame["transform_matrix"][2][3] += 1000


def test_bad_input_gets_a_sentence(worker: Worker, baked: Path, tmp_path: Path) -> None:
    def refused(capture: Path, *words: object, output: Path = tmp_path / "out.stp") -> str:
        done = worker("adapt", baked, capture, "-o", output, *words)
        assert done.returncode == 1 and not (tmp_path / "out.stp").exists(), done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    far = film(tmp_path / "far", range(BAKED + 60, BAKED + 62))
    assert "nobody knows what happens in the 60 frames between" in refused(far)
    assert "The output is the field itself" in refused(far, output=baked)
    sound = film(tmp_path / "sound", range(BAKED, BAKED + 2))
    change(sound, fps=60)
    assert "60 frames a second, the field 24" in refused(sound)
    change(sound, fps=24, alpha="none")
    assert "has opaque pictures, but the field was baked from footage with alpha" in refused(sound)
    change(sound, alpha="straight")
    edited(sound, elsewhere)
    assert "No camera of the footage" in refused(sound)
    edited(sound, lambda document: [frame.pop("transform_matrix") for frame in document["frames"]])
    assert "no transform_matrix" in refused(sound)
    assert "holds pictures, but no cameras" in refused(sound.parent / "images")
    (tmp_path / "empty").mkdir()
    assert "There is no transforms.json" in refused(tmp_path / "empty", "--watch", "--idle", 1)
