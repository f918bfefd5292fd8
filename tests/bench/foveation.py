"""What a foveated picture costs beside the full one, how far it is from it, and whether a ring is to be seen.

Run from the top folder: python -m tests.bench.foveation SHOT.stp. The view is the field's middle camera's, brought
so near that a subject alone fills the picture; the gaze is in the middle and on two other places. Times are medians of
runs in turns. The pictures, full and foveated, come to build/bench/foveation_SHOT.png: look at them.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from bake.contract.camera import Camera
from bake.contract.colour import linear_to_srgb
from bake.contract.field_file import read_cameras, read_header
from bake.contract.messages import Quality
from bake.contract.picture_budget import RADIUS, Fovea
from bake.field.storage import load_field
from bake.render.foveation import render_foveated
from bake.render.frame import EFFORT, RenderedFrame, render_view
from bake.render.metrics import psnr
from bake.render.nested import everywhere
from bake.render.timed import Course, march_course
from bake.render.view import View

GAZES = ((0.5, 0.5), (0.35, 0.4), (0.6, 0.65))
BANDS = ((0.0, 1.0), (1.0, 2.0), (2.0, 4.0), (4.0, 99.0))
"""Distances from the gaze, in radii of the fovea."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("field", type=Path, help="the field file")
    parser.add_argument("--size", type=int, default=320, help="pixels along an edge of the picture")
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    header, field = read_header(arguments.field), load_field(arguments.field, "cpu")
    cameras = read_cameras(arguments.field)
    number = len(cameras.shot_frames) // 2
    width, _, focal = cameras.intrinsics[number][:3]
    near = 1.0 if header.opaque else 2.2
    size, pose = arguments.size, cameras.matrices[number].reshape(16)
    zoomed = focal * size / width * near
    camera = Camera(size, size, zoomed, zoomed, size / 2, size / 2, tuple(pose.tolist()))
    view, frame = View(field, camera, None, None), float(cameras.shot_frames[number])

    full = render_view(view, frame, Quality.STANDARD, 0.0, None)
    effort = EFFORT[Quality.STANDARD]
    course = Course(view, field.normalised_time(frame), effort, effort, everywhere, (0, 0))
    march_course(course)
    filled = float((full.rgba[..., 3] > 0.5).mean())
    print(f"{arguments.field.stem}, {size}x{size}, {filled:.0%} of it filled; fovea of {RADIUS} of the height")
    pictures = [encoded(full)]
    for gaze in GAZES:
        seconds: dict[str, list[float]] = {"full": [], "foveated": []}
        for _ in range(arguments.turns):
            began = time.perf_counter()
            render_view(view, frame, Quality.STANDARD, 0.0, None)
            between = time.perf_counter()
            seen, own = render_foveated(view, frame, Fovea(*gaze))
            seconds["full"].append(between - began)
            seconds["foveated"].append(time.perf_counter() - between)
        ratio = median(b / a for a, b in zip(seconds["full"], seconds["foveated"], strict=True))
        pictures.append(encoded(seen))
        spent = f"{ratio:.2f} of the time, {own.work / course.work:.2f} of the samples"
        print(f"  gaze {gaze}: {spent}; {told(pictures, gaze)}", flush=True)
    folder = Path("build/bench")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"foveation_{arguments.field.stem}.png"
    cv2.imwrite(str(path), np.rint(np.concatenate(pictures, axis=1)[..., ::-1] * 255).astype(np.uint8))
    print(f"  {path}")


def encoded(frame: RenderedFrame) -> np.ndarray:
    """(H, W, 3) sRGB over black."""
    return np.asarray(linear_to_srgb(np.clip(frame.rgba[..., :3], 0, 1)))


def told(pictures: list[np.ndarray], gaze: tuple[float, float]) -> str:
    """PSNR from the first picture of the last one, by distance from the gaze."""
    truth, seen = pictures[0], pictures[-1]
    size = len(truth)
    rows, columns = np.mgrid[:size, :size]
    away = np.hypot(rows + 0.5 - gaze[1] * size, columns + 0.5 - gaze[0] * size) / (RADIUS * size)
    bands = []
    for low, high in BANDS:
        there = (away >= low) & (away < high)
        if there.any():
            bands.append(f"{low:g} to {min(high, away.max()):.1f} radii {psnr(seen[there], truth[there]):.1f} dB")
    return ", ".join(bands)


if __name__ == "__main__":
    main()
