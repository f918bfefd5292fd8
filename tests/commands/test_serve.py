"""The serving worker, spoken to over its real standard input and output."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from bake.contract.camera import Camera
from bake.contract.field_file import read_header
from bake.contract.messages import (
    PROTOCOL,
    CancelRequest,
    Done,
    Failed,
    Hello,
    Message,
    PictureRequest,
    PlateRequest,
    Progress,
    Quality,
    Stopped,
    SurfelsRequest,
    decode,
    encode,
)
from bake.contract.picture_budget import Budget
from bake.contract.plate import plate_name
from bake.contract.preview_file import PreviewPicture, Surfels, take_preview
from bake.contract.tensor_file import read_entries
from bake.render.plate_file import read_plate
from tests.commands.conftest import ROOT, command
from tests.footage.making import orbit

IDENTITY = tuple(float(value) for value in np.eye(4).ravel())


class Serving:
    """A serving worker and its answers."""

    def __init__(self, environment: dict[str, str] | None = None, *words: str) -> None:
        self.process = subprocess.Popen(
            command("serve", "--device", "cpu", *words),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answers: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._answers.put(decode(line))

    def send(self, *messages: Message | str) -> None:
        assert self.process.stdin is not None
        lines = [message if isinstance(message, str) else encode(message) for message in messages]
        self.process.stdin.write("".join(line + "\n" for line in lines))
        self.process.stdin.flush()

    def next(self, *, progress: bool = False) -> Message:
        while True:
            message = self._answers.get(timeout=120)
            if progress or not isinstance(message, Progress):
                return message


@pytest.fixture
def serving() -> Iterator[Serving]:
    """A worker that has said hello."""
    worker = Serving()
    hello = worker.next()
    assert isinstance(hello, Hello) and hello.protocol == PROTOCOL and hello.device == "CPU" and hello.versions
    yield worker
    worker.process.kill()
    worker.process.wait()


def request(number: int, field_file: Path, folder: Path, *, size: int = 24, channel: str = "") -> PlateRequest:
    camera = Camera(size, size, 1.2 * size, 1.2 * size, size / 2, size / 2, tuple(orbit(number, 9).ravel()))
    plate = PlateRequest(
        id=number,
        field_file=str(field_file),
        content_hash=read_header(field_file).content_hash,
        camera=camera,
        field_to_scene=IDENTITY,
        shot_frame=2.5,
        quality=Quality.PREVIEW,
        path="",
        channel=channel,
    )
    return replace(plate, path=str(folder / plate_name(plate)))


def slow(number: int, field_file: Path, folder: Path) -> PlateRequest:
    """A request that keeps the worker busy for long: the ball fills a large picture."""
    plate = request(number, field_file, folder, size=3000)
    return replace(plate, quality=Quality.FINAL)


def wait_until_busy(serving: Serving, number: int) -> None:
    message = serving.next(progress=True)
    assert isinstance(message, Progress) and message.id == number


def test_a_plate(serving: Serving, field_file: Path, tmp_path: Path) -> None:
    asked = request(1, field_file, tmp_path)
    serving.send(asked)
    assert serving.next() == Done(asked.path, id=1)
    plate = read_plate(Path(asked.path))
    assert plate.rgba.shape == (24, 24, 4) and plate.rgba[..., 3].max() > 0.5
    assert plate.metadata["field"] == asked.content_hash
    assert [path.name for path in tmp_path.iterdir()] == [plate_name(asked)]


def test_newest_first_and_replaced(serving: Serving, field_file: Path, tmp_path: Path) -> None:
    serving.send(slow(1, field_file, tmp_path))
    wait_until_busy(serving, 1)
    serving.send(
        request(2, field_file, tmp_path),
        request(3, field_file, tmp_path, channel="viewport"),
        request(4, field_file, tmp_path),
        request(5, field_file, tmp_path, channel="viewport"),
        CancelRequest(4),
        CancelRequest(1),
    )
    told = [serving.next() for _ in range(5)]
    assert [(type(message), message.id) for message in told if isinstance(message, Stopped)] == [
        (Stopped, 3),
        (Stopped, 4),
        (Stopped, 1),
    ]
    assert [message.id for message in told if isinstance(message, Done)] == [5, 2]
    assert len(list(tmp_path.iterdir())) == 2, "nothing is left of what was stopped"


def test_fields_and_requests_that_are_wrong(serving: Serving, field_file: Path, tmp_path: Path) -> None:
    good = request(9, field_file, tmp_path)
    damaged = tmp_path / "damaged.stp"
    data = bytearray(field_file.read_bytes())
    entries = read_entries(BytesIO(data))[1]
    data[entries["field.grid.table"].first] ^= 0xFF
    damaged.write_bytes(bytes(data))
    short = tmp_path / "short.stp"
    short.write_bytes(bytes(data[:-10]))
    cases = [
        (replace(good, id=1, content_hash="0" * 64), "another field"),
        (replace(good, id=2, field_file=str(tmp_path / "absent.stp")), "no field file"),
        (replace(good, id=3, field_file=str(short)), "cut short"),
        (replace(good, id=4, field_file=str(damaged)), "damaged"),
        (replace(good, id=5, path="/proc/nowhere/x.exr"), "Cannot write"),
        (replace(good, id=6, shot_frame=float("nan")), ""),
    ]
    for asked, words in cases:
        serving.send(asked)
        answer = serving.next()
        assert isinstance(answer, Failed) and answer.id == asked.id and words in answer.message, answer
    serving.send(good)
    assert serving.next() == Done(good.path, id=9), "the worker goes on"


def test_a_field_that_is_replaced_is_loaded_again(serving: Serving, field_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.stp"
    shutil.copy(field_file, copy)
    serving.send(request(1, copy, tmp_path))
    assert isinstance(serving.next(), Done)
    copy.write_bytes(b"something else")
    serving.send(replace(request(2, field_file, tmp_path), field_file=str(copy)))
    assert isinstance(serving.next(), Failed)
    shutil.copy(field_file, copy)
    serving.send(request(3, copy, tmp_path))
    assert isinstance(serving.next(), Done)


def test_messages_of_another_protocol(serving: Serving) -> None:
    serving.send(json.dumps({"type": "dance", "id": 7}), "no json", encode(Done("x", id=8)))
    for number in (7, 0, 8):
        answer = serving.next()
        assert isinstance(answer, Failed) and answer.id == number
        assert number == 8 or f"protocol {PROTOCOL}" in answer.message


def test_it_ends_with_its_input_even_when_busy(serving: Serving, field_file: Path, tmp_path: Path) -> None:
    serving.send(slow(1, field_file, tmp_path))
    wait_until_busy(serving, 1)
    assert serving.process.stdin is not None
    serving.process.stdin.close()
    assert serving.process.wait(timeout=10) == 0
    assert not list(tmp_path.glob("*.exr"))


def picture(number: int, field_file: Path, folder: Path, size: int = 24) -> PictureRequest:
    asked = replace(request(number, field_file, folder, size=size), path=str(folder / f"{number}.npz"))
    return PictureRequest(**vars(asked))


def surfels(number: int, field_file: Path, folder: Path, fineness: int = 1) -> SurfelsRequest:
    content = read_header(field_file).content_hash
    return SurfelsRequest(number, str(field_file), content, 2.5, fineness, str(folder / f"{number}.npz"))


def test_previews(serving: Serving, field_file: Path, tmp_path: Path) -> None:
    plate, asked = request(1, field_file, tmp_path), replace(picture(1, field_file, tmp_path), id=2)
    serving.send(plate)
    assert serving.next() == Done(plate.path, id=1)
    serving.send(asked)
    assert serving.next() == Done(asked.path, id=2)
    seen, truth = take_preview(Path(asked.path)), read_plate(Path(plate.path))
    assert isinstance(seen, PreviewPicture), "a picture shows what a plate shows"
    np.testing.assert_allclose(seen.rgba, truth.rgba, atol=1e-3)
    np.testing.assert_array_equal(seen.depth, truth.depth)
    serving.send(surfels(3, field_file, tmp_path))
    assert serving.next() == Done(str(tmp_path / "3.npz"), id=3)
    assert isinstance(take_preview(tmp_path / "3.npz"), Surfels)
    serving.send(replace(asked, id=4, budget=Budget(10.0)))
    assert serving.next() == Done(asked.path, id=4)
    timely = take_preview(Path(asked.path))
    assert isinstance(timely, PreviewPicture), "where there is time enough, what a plate shows"
    np.testing.assert_allclose(timely.rgba, truth.rgba, atol=1e-3)
    serving.send(replace(asked, id=5, budget=Budget(0.0)))
    refused = serving.next()
    assert isinstance(refused, Failed) and "budget is 0 ms" in refused.message and "Choose" in refused.hint


def test_a_preview_gives_way_to_anything_newer(serving: Serving, field_file: Path, tmp_path: Path) -> None:
    serving.send(replace(picture(1, field_file, tmp_path, size=3000), quality=Quality.FINAL))
    wait_until_busy(serving, 1)
    serving.send(surfels(2, field_file, tmp_path))
    assert isinstance(serving.next(), Stopped), "it has not been waited for"
    assert serving.next() == Done(str(tmp_path / "2.npz"), id=2)
    serving.send(slow(3, field_file, tmp_path))
    wait_until_busy(serving, 3)
    serving.send(surfels(4, field_file, tmp_path), CancelRequest(3))
    assert [type(serving.next()) for _ in range(2)] == [Stopped, Done], "a plate is not stopped by a preview"


def test_the_folder_of_previews_goes_with_the_input(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "left.npz").write_bytes(b"x")
    words = command("serve", "--device", "cpu", "--scratch", str(scratch))
    done = subprocess.run(words, cwd=ROOT, input=b"", stdout=subprocess.DEVNULL, timeout=60)
    assert done.returncode == 0 and not scratch.exists()
