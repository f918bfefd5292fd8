"""Does a picture keep its frame budget on a camera path whose cost varies 5 to 1, and what does that cost in quality?

Run from the top folder: python -m tests.bench.budget SHOT.stp. The camera goes around the field, near and far, and cuts
twice. The budget is a multiple of what the path's cheapest frame takes here at fixed settings (full size, *Standard*),
which every few frames are rendered with too, in turns. PSNR is against those pictures, in sRGB, enlarged bilinearly.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from bake.contract.camera import Camera
from bake.contract.colour import linear_to_srgb
from bake.contract.field_file import read_header
from bake.contract.messages import Quality
from bake.contract.picture_budget import Budget, Favours
from bake.field.storage import load_field
from bake.render.budget import Controller, render_within
from bake.render.frame import RenderedFrame, render_view
from bake.render.metrics import psnr
from bake.render.view import View

FRAMES = 300
CUTS = (150, 225)
_NEAR, _FAR = 0.75, 3.2
"""Distances in longest edges of the bounds."""
_CHEAPEST = 5


@dataclass
class Row:
    """One frame. `scale` is of the picture's sides; `fixed`, seconds, and `distance`, dB, are NaN where not known."""

    fixed: float
    seconds: float
    scale: float
    complete: bool
    distance: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("field", type=Path, help="the field file")
    parser.add_argument("--size", type=int, default=96, help="pixels along the full picture's longer side")
    parser.add_argument("--times", type=float, default=2.0, help="the budget, in cheapest frames")
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--every", type=int, default=5, help="frames from one to the next at fixed settings")
    parser.add_argument("--favours", type=Favours, default=Favours.EVEN, choices=list(Favours))
    arguments = parser.parse_args()
    header, field = read_header(arguments.field), load_field(arguments.field, "cpu")
    crop = header.bounds if header.opaque else None
    count = arguments.frames
    views = [View(field, camera, None, crop) for camera in path(header.bounds, arguments.size, count)]
    shots = [header.first_frame + (header.last_frame - header.first_frame) * n / (count - 1) for n in range(count)]

    def fixed(number: int) -> RenderedFrame:
        return render_view(views[number], shots[number], Quality.STANDARD, 0.0, None)

    far = sorted(range(count), key=lambda n: -distance_at(n / (count - 1)))[:_CHEAPEST]
    fixed(0)
    budget = arguments.times * median(timed(lambda n=n: fixed(n))[1] for n in far)
    controller = Controller()
    for _ in range(3):
        _, course = render_within(views[0], shots[0], Budget(budget), Controller(), fps=header.fps)
        controller.note(course, time.perf_counter() - course.ended)
    rows = []
    for number in range(count):
        truth, took = timed(lambda n=number: fixed(n)) if number % arguments.every == 0 else (None, math.nan)
        began = time.perf_counter()
        spends = Budget(budget, favours=arguments.favours)
        frame, course = render_within(views[number], shots[number], spends, controller, fps=header.fps, began=began)
        ended = time.perf_counter()
        seconds = ended - began
        controller.note(course, ended - course.ended, seconds / budget)
        scale = frame.depth.shape[1] / arguments.size
        distance = math.nan if truth is None else against(frame, truth)
        rows.append(Row(took, seconds, scale, course.complete, distance))
    tell(arguments.field.stem, budget, rows)


def path(bounds: Sequence[Sequence[float]], size: int, count: int) -> list[Camera]:
    """Around the middle of the bounds, once, near and far."""
    low, high = np.asarray(bounds)
    middle, edge = (low + high) / 2, float((high - low).max())
    width, height = size, round(size * 3 / 4)
    cameras = []
    for number in range(count):
        share = number / (count - 1)
        turn = 2 * math.pi * share + (2.0 if share > CUTS[0] / FRAMES else 0.0)
        away = edge * distance_at(share)
        eye = middle + away * np.array([math.cos(turn) * 0.95, math.sin(turn) * 0.95, 0.3])
        pose = np.eye(4)
        pose[:3, 2] = (eye - middle) / np.linalg.norm(eye - middle)
        pose[:3, 0] = np.cross((0, 0, 1), pose[:3, 2])
        pose[:3, 0] /= np.linalg.norm(pose[:3, 0])
        pose[:3, 1] = np.cross(pose[:3, 2], pose[:3, 0])
        pose[:3, 3] = eye
        cameras.append(
            Camera(width, height, 1.2 * width, 1.2 * width, width / 2, height / 2, tuple(pose.ravel()), near=1e-2)
        )
    return cameras


def distance_at(share: float) -> float:
    """Of the camera, in edges: far, slowly near and far again; near at the first cut, and far at the second."""
    frame = share * FRAMES
    if frame < CUTS[0]:
        near = 0.5 - 0.5 * math.cos(2 * math.pi * frame / CUTS[0])
    elif frame < CUTS[1]:
        near = 1 - 0.4 * (frame - CUTS[0]) / (CUTS[1] - CUTS[0])
    else:
        near = 0.3 * (frame - CUTS[1]) / (FRAMES - CUTS[1])
    return _FAR * (_NEAR / _FAR) ** near


def timed(act: Callable[[], RenderedFrame]) -> tuple[RenderedFrame, float]:
    """What it made, and seconds."""
    began = time.perf_counter()
    return act(), time.perf_counter() - began


def against(frame: RenderedFrame, truth: RenderedFrame) -> float:
    """PSNR, dB."""
    height, width = truth.depth.shape
    shown = cv2.resize(frame.rgba, (width, height), interpolation=cv2.INTER_LINEAR)
    one, other = (linear_to_srgb(np.clip(own[..., :3], 0, 1)) for own in (shown, truth.rgba))
    return min(psnr(one, other), 60.0)


def tell(name: str, budget: float, rows: list[Row]) -> None:
    """Print what came of it."""
    fixed, seconds = np.array([r.fixed for r in rows]), np.array([r.seconds for r in rows])
    fixed = fixed[~np.isnan(fixed)]
    print(f"{name}: budget {1000 * budget:.0f} ms, {len(rows)} frames")
    low, high = np.percentile(fixed, (5, 95))
    print(f"  fixed settings: {1000 * low:.0f} to {1000 * high:.0f} ms (5 to 95 %), {high / low:.1f} to 1;")
    print(
        f"  within the budget: {np.mean(fixed <= budget):.1%} at fixed settings, {np.mean(seconds <= budget):.1%} kept"
    )
    quantiles = " ".join(f"{q} %: {np.percentile(seconds, q) / budget:.2f}" for q in (50, 95, 99, 100))
    print(f"  share of the budget that a frame takes: {quantiles}")
    print(f"  stopped at a coarser grid: {np.mean([not r.complete for r in rows]):.1%} of the frames")
    print(f"  PSNR from the fixed picture: {np.nanmean([r.distance for r in rows]):.1f} dB in the mean")
    scales = np.log([r.scale for r in rows])
    steps = np.diff(scales)
    at_cuts = np.zeros(len(steps), bool)
    for cut in CUTS:
        at_cuts[max(cut * len(rows) // FRAMES - 2, 0) : cut * len(rows) // FRAMES + 2] = True
    signs = np.sign(steps[~at_cuts][np.abs(steps[~at_cuts]) > 1e-6])
    print(
        f"  size of a picture's sides: {math.exp(scales.min()):.2f} to {math.exp(scales.max()):.2f};"
        f" greatest change from frame to frame {math.expm1(np.abs(steps[~at_cuts]).max()):.1%}"
        f" ({math.expm1(np.abs(steps).max()):.1%} at cuts); it turns {int((np.diff(signs) != 0).sum())} times"
    )


if __name__ == "__main__":
    main()
