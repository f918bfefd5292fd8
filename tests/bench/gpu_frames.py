"""What a picture takes on a GPU, and what each step towards that gave.

Run from the top folder, on a machine with an NVIDIA GPU: python -m tests.bench.gpu_frames SHOT.stp [SMALL.stp]. The
camera goes around as the shot goes on, so that no frame is like the one before. A frame is timed from the asking until
the picture lies in the host's memory, developed; medians, and the slowest of twenty. `SMALL.stp` is the same field
compressed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from unittest import mock

import numpy as np
import torch

from bake.contract.camera import Camera
from bake.contract.field_file import read_cameras
from bake.contract.messages import Precision, Quality
from bake.field import kernels
from bake.field.model import Field
from bake.field.storage import load_field
from bake.render import compositing, sampling, view
from bake.render.frame import EFFORT, RenderedFrame, render_view
from bake.render.metrics import psnr
from bake.render.sampling import place_samples
from bake.render.view import View
from tests.bench.markdown import Sheet

SIZES = ((800, 800), (1920, 1080))
QUALITIES = (Quality.PREVIEW, Quality.STANDARD, Quality.FINAL)
PLACES = (kernels, sampling, compositing, view)
"""Modules that ask for kernels, in the order in which steps let them have some."""


@dataclass(frozen=True)
class Step:
    """What computes in a step: so many of PLACES have kernels."""

    name: str
    places: int
    precision: Precision = Precision.AUTO


STEPS = (
    Step("plain torch, float32", 0, precision=Precision.FULL),
    Step("networks in half precision", 0),
    Step("kernels for tables and codes", 1),
    Step("a kernel for sampling", 2),
    Step("a kernel for compositing", 3),
    Step("one kernel for the field at an instant; cast and developed on the GPU", 4),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("field", type=Path, nargs="+", help="field files")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file to write as well")
    parser.add_argument("--turns", type=int, default=20)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        print("SKIPPED: torch can use no GPU here.")
        return
    sheet = Sheet(arguments.output, "Pictures on a GPU", "cuda", f"Medians of {arguments.turns} frames, milliseconds.")
    first = arguments.field[0]
    sheet.begin((f"{first.stem}, 800x800, *Standard*", "ms", "slowest", "PSNR to the first, dB"))
    field = load_field(first, "cuda")
    wanted = None
    for step in STEPS:
        with computing(field, step):
            spent, picture = timed(
                field, first, (800, 800), Quality.STANDARD, 5 if step.places < 4 else arguments.turns
            )
        wanted = picture if wanted is None else wanted
        apart = "" if picture is wanted else f"{psnr(shown(picture), shown(wanted)):.1f}"
        sheet.row(step.name, f"{median(spent):.2f}", f"{max(spent):.2f}", apart)
    sheet.begin(("field", "size", "quality", "ms", "slowest", "samples a pixel", "peak MiB"))
    for path in arguments.field:
        field = load_field(path, "cuda")
        for size in SIZES:
            for quality in QUALITIES:
                torch.cuda.reset_peak_memory_stats()
                spent, _ = timed(field, path, size, quality, arguments.turns)
                peak = torch.cuda.max_memory_allocated() / 2**20
                cells = f"{median(spent):.2f}", f"{max(spent):.2f}", f"{samples_of(field, path, size, quality):.2f}"
                sheet.row(path.stem, "{}x{}".format(*size), quality.value, *cells, f"{peak:.0f}")


@contextmanager
def computing(field: Field, step: Step) -> Iterator[None]:
    """Within it, the field is computed as in a step."""
    field.precision = step.precision
    with ExitStack() as stack:
        for place in PLACES[step.places :]:
            stack.enter_context(mock.patch.object(place, "has_kernels", lambda _: False))
        yield
    field.precision = Precision.AUTO


def timed(
    field: Field, path: Path, size: tuple[int, int], quality: Quality, turns: int
) -> tuple[list[float], RenderedFrame]:
    """Milliseconds of each frame, and the first of them; what is compiled or filled once comes before."""
    views = [(View(field, camera, None, None), frame) for camera, frame in flight(path, size, turns)]
    for warm, frame in views[:2]:
        render_view(warm, frame, quality, 0.0, None)
    spent, first = [], None
    for own, frame in views:
        torch.cuda.synchronize()
        began = time.perf_counter()
        picture = render_view(own, frame, quality, 0.0, None)
        spent.append(1e3 * (time.perf_counter() - began))
        first = picture if first is None else first
    assert first is not None
    return spent, first


def flight(path: Path, size: tuple[int, int], frames: int) -> list[tuple[Camera, float]]:
    """Cameras from which the shot was filmed, of another size, and instants all through it."""
    kept = read_cameras(path)
    made = []
    for number in np.linspace(0, len(kept.shot_frames) - 1, frames).round().astype(int):
        width, height, fx, fy = kept.intrinsics[number][:4]
        grown = min(size[0] / width, size[1] / height)
        pose = tuple(kept.matrices[number].reshape(16).tolist())
        camera = Camera(*size, float(fx * grown), float(fy * grown), size[0] / 2, size[1] / 2, pose)
        made.append((camera, float(kept.shot_frames[number])))
    return made


def samples_of(field: Field, path: Path, size: tuple[int, int], quality: Quality) -> float:
    """Samples of the middle frame for each of its pixels."""
    camera, frame = flight(path, size, 3)[1]
    rays = View(field, camera, None, None).rays(0, size[0] * size[1], field.normalised_time(frame))
    return len(place_samples(field, rays, EFFORT[quality]).places) / (size[0] * size[1])


def shown(picture: RenderedFrame) -> np.ndarray:
    """Encoded over black, (H, W, 3)."""
    return np.clip(picture.rgba[..., :3], 0, 1) ** np.float32(1 / 2.2)


if __name__ == "__main__":
    main()
