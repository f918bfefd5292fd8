"""An hour-long shot beside one of a minute: how soon it opens, how it scrubs, and how much memory it takes.

Run from the top folder, on Linux: python -m tests.bench.hour [MIB ...], each what a field may hold (see `bake serve`);
for a while it takes half a gigabyte among temporary files. The fields are of the sizes that a bake of a subject alone
would give them, their codes random, so that no two instants are alike. Everything is asked of fresh workers over their
standard input and output, as Blender does; a worker has shown another field before. Peaks are of resident memory.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from bake.contract.camera import Camera
from bake.contract.field_file import FieldHeader, FieldTensors, read_cameras, read_header, read_occupancy
from bake.contract.messages import Done, Hello, PictureRequest, Progress, Quality, decode, encode
from bake.contract.preview_file import PreviewPicture, take_preview
from bake.field.model import Field, FieldConfig
from bake.field.storage import load_field, save_field
from bake.render.frame import render_frame
from tests.bench.markdown import Sheet
from tests.footage.making import look_at

FPS, MINUTE, HOUR = 24, 60, 3600
_SEGMENT, _PARTS = 5, 128
"""Seconds, and the most parts of the occupancy, as a bake has them."""
_SCRUBS, _PLAYED, _SHOWN = 200, 60, 6
"""Random instants; seconds that are played, and pictures shown of each."""
_CHECKED = 5
_STANDING = tuple(np.eye(4).ravel().tolist())
_POSE = tuple(look_at((2.4, 1.8, 1.2)).ravel().tolist())
_CAMERA = Camera(64, 36, 70.0, 70.0, 32.0, 18.0, _POSE)
_DOT = Camera(1, 1, 70.0, 70.0, 0.5, 0.5, _POSE)


def make_field(path: Path, seconds: int) -> None:
    """Write a field whose every segment has codes of its own, and whose ball goes round in its occupancy."""
    frames, segments = seconds * FPS, seconds // _SEGMENT
    torch.manual_seed(seconds)
    config = FieldConfig(
        (-1, -1, -1), (1, 1, 1), False, 0, frames - 1, 0.1, 10, segments=segments, trajectory_terms=16,
        occupancy_parts=min(8 * segments, _PARTS), pictures=frames, light_width=8,
    )  # fmt: skip
    field = Field(config)
    with torch.no_grad():
        for own in field.parameters():
            own.add_(0.2 * torch.randn(own.shape))
        field.decoder.geometry[2].bias[0] += 2
        assert field.exposures is not None
        number = torch.arange(frames)
        field.exposures.describe(torch.rand(frames, 8), torch.rand(frames), number.double(), 0 * number)
        axis = torch.linspace(-1, 1, config.occupancy_cells)
        z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
        for part, density in enumerate(field.occupancy.density):
            turn = torch.tensor(part / 5.0)
            away = (x - 0.4 * turn.cos()) ** 2 + (y - 0.4 * turn.sin()) ** 2 + z**2
            density.copy_(torch.where(away < 0.3, 4.0, 0.0))
    cameras = {
        "cameras.matrix": torch.tensor(_POSE, dtype=torch.float64).expand(frames, 16),
        "cameras.intrinsics": torch.tensor([64, 36, 70, 70, 32, 18], dtype=torch.float64).expand(frames, 6),
        "cameras.shot_frame": torch.arange(frames, dtype=torch.float64),
    }
    bounds = (config.low, config.high)
    save_field(path, field, FieldHeader(path.stem, FPS, 0, frames - 1, frames, bounds, False), cameras)


@dataclass
class Pictures:
    """A fresh worker that makes pictures of fields."""

    folder: Path
    room: int

    def __post_init__(self) -> None:
        words = [sys.executable, "-m", "bake", "serve", "--device", "cpu", "--field-memory", str(self.room)]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._number = 0
        assert isinstance(self._next(), Hello)

    def see(self, path: Path, seconds: float, camera: Camera = _CAMERA) -> tuple[float, str]:
        """Seconds from the question to the answer, and what identifies the picture."""
        self._number += 1
        content, to = read_header(path).content_hash, self.folder / f"{self._number}.npz"
        at = seconds * FPS
        asked = PictureRequest(
            self._number, str(path), content, camera, _STANDING, at, Quality.PREVIEW, str(to), exposure_of=at
        )
        began = perf_counter()
        assert self._process.stdin is not None
        self._process.stdin.write(encode(asked) + "\n")
        self._process.stdin.flush()
        answer = self._next()
        took = perf_counter() - began
        if not isinstance(answer, Done):
            raise RuntimeError(str(answer))
        picture = take_preview(to)
        assert isinstance(picture, PreviewPicture)
        return took, fingerprint(picture.rgba, picture.depth)

    def peak(self) -> float:
        """Mebibytes."""
        return peak(self._process.pid)

    def end(self) -> None:
        """End the worker."""
        self._process.communicate()

    def _next(self) -> object:
        assert self._process.stdout is not None
        while True:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError("the worker has ended")
            message = decode(line)
            if not isinstance(message, Progress):
                return message


def peak(process: int | str) -> float:
    """The most memory that a process has had resident so far, mebibytes."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def fingerprint(rgba: np.ndarray, depth: np.ndarray) -> str:
    """Of a picture, bit for bit."""
    return hashlib.sha256(rgba.astype(np.float16).tobytes() + depth.tobytes()).hexdigest()


def loaded_whole(warm: Path, path: Path) -> None:
    """Print how soon a field that is loaded as a whole shows something, its peak, and its pictures' fingerprints."""

    def see(field: Field, at: float) -> str:
        frame = render_frame(field, _CAMERA, at * FPS, quality=Quality.PREVIEW, exposure_of=at * FPS)
        return fingerprint(frame.rgba, frame.depth)

    see(load_field(warm, "cpu"), 0.0)
    began = perf_counter()
    field = load_field(path, "cpu")
    opened = perf_counter() - began
    first = see(field, instants(read_header(path))[0])
    shown = perf_counter() - began
    rest = [see(field, at) for at in instants(read_header(path))[1:_CHECKED]]
    print(json.dumps({"opened": opened, "shown": shown, "peak": peak("self"), "pictures": [first, *rest]}))


def instants(header: FieldHeader) -> list[float]:
    """Where a shot is looked at, seconds."""
    found: list[float] = np.random.default_rng(7).uniform(0, header.last_frame / FPS, _SCRUBS).tolist()
    return found


def streamed(folder: Path, warm: Path, path: Path, room: int) -> tuple[list[str], list[str]]:
    """What a worker is like that reads as instants need it: a row of the table, and the first fingerprints."""
    worker = Pictures(folder, room)
    worker.see(warm, 0.0)
    chosen = instants(read_header(path))
    opening, _ = worker.see(path, chosen[0], _DOT)
    worker.end()
    worker = Pictures(folder, room)
    worker.see(warm, 0.0)
    seen = [worker.see(path, at) for at in chosen]
    scrubbed = worker.peak()
    start = max(min(chosen[0], read_header(path).last_frame / FPS - _PLAYED), 0.0)
    played = [worker.see(path, start + shown / _SHOWN)[0] for shown in range(_PLAYED * _SHOWN)]
    both = worker.peak()
    worker.end()
    took = [seconds for seconds, _ in seen[1:]]
    row = [opening, seen[0][0], float(np.median(took)), max(took), float(np.median(played)), max(played)]
    prints = [found for _, found in seen[:_CHECKED]]
    return [*(f"{seconds:.3f}" for seconds in row), f"{scrubbed:.0f}", f"{both:.0f}"], prints


def milliseconds(read: Callable[[], object]) -> str:
    """The median of a few."""
    took = []
    for _ in range(7):
        began = perf_counter()
        read()
        took.append(perf_counter() - began)
    return f"{1e3 * float(np.median(took)):.1f}"


def main(rooms: list[int]) -> None:
    """Make the fields, measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {MINUTE: folder / "minute.stp", HOUR: folder / "hour.stp"}
        warm = folder / "warm.stp"
        for path, seconds in ((warm, _SEGMENT), *((path, seconds) for seconds, path in files.items())):
            make_field(path, seconds)
        sizes = " and ".join(f"{path.name} {path.stat().st_size / 2**20:.0f} MiB" for path in files.values())
        sheet = Sheet(None, "An hour-long shot", "cpu", f"Seconds and MiB; {sizes}; pictures of 64x36.")
        sheet.begin((
            "shot", "may hold", "opening and one pixel", "to the first picture", "scrubbed to, median", "most",
            "played, median", "most", "peak, scrubbed", "peak, played as well",
        ))  # fmt: skip
        prints: dict[int, list[str]] = {}
        for room in rooms:
            for seconds, path in files.items():
                row, prints[seconds] = streamed(folder, warm, path, room)
                sheet.row(path.stem, str(room), *row)
        sheet.begin(("shot, loaded as a whole", "opening", "to the first picture", "peak", "same pictures"))
        for seconds, path in files.items():
            words = [sys.executable, "-m", "tests.bench.hour", "whole", str(warm), str(path)]
            found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
            same = found["pictures"] == prints[seconds]
            sheet.row(path.stem, f"{found['opened']:.3f}", f"{found['shown']:.3f}", f"{found['peak']:.0f}", str(same))
        sheet.begin(("read without the worker, ms", "header", "list of tensors", "cameras", "occupancy"))
        for path in files.values():
            readers = (read_header, FieldTensors, read_cameras, lambda of: read_occupancy(of, False))
            sheet.row(path.stem, *(milliseconds(lambda read=read, path=path: read(path)) for read in readers))  # type: ignore[misc]


if __name__ == "__main__":
    if sys.argv[1:2] == ["whole"]:
        loaded_whole(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main([int(word) for word in sys.argv[1:]] or [32, 128])
