"""A ball that crosses the frame at 30 m/s, in two or three frames of five seconds: baked with finer codes and without.

Run from the top folder: nice python -m tests.bench.fast_motion --steps 1000. The footage is made on the spot: six
cameras film two slow solids and the ball, which rests on one side, is shot to the other, rests there, and comes back.
Figures are of two cameras that the bake never sees.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bake.contract.camera import Camera
from bake.contract.messages import Quality
from bake.device.threads import run_together
from bake.field.model import Field
from bake.field.storage import load_field
from bake.footage import Purpose, read_shot
from bake.footage.pixels import load_pixels
from bake.render.frame import render_frame
from bake.render.images import straight_srgb
from bake.render.metrics import compare, over
from bake.training.bake import BakeSettings, bake_shot
from tests.bench.long_shot import Solid, picture
from tests.footage.making import look_at

FPS, FRAMES, SIZE, FOCAL = 30, 150, (64, 48), 56.0
SPEED = 30.0
"""m/s; a unit is a metre."""
SIDE = 1.1
"""Metres from the middle to where the ball rests."""
SHOTS = (50.3, 99.6)
"""Shot frames at which the ball is half-way."""
FILMED, _UNSEEN = (0.0, 1.05, 2.1, 3.15, 4.2, 5.25), (0.5, 3.7)
"""Angles of the cameras that film, and of those to compare with."""
_NEAR = 6.0
"""Frames before and after a shot that count as its neighbourhood."""


@dataclass(frozen=True)
class Shuttle(Solid):
    """A ball that is shot from one side to the other, and back."""

    def pose(self, seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """As of a `Solid`."""
        return ball_at(seconds * FPS), np.eye(3)


BALL = Shuttle((0.24,), (0, 0, 0), (0, 0, 0), 0.0, ((0.9, 0.8, 0.1), (0.9, 0.2, 0.1)), 3.0)
SLOW = (
    Solid((0.3, 0.3, 0.3), (0.0, 0.55, -0.45), (0.15, 0.1, 0.1), 0.2, ((0.2, 0.5, 0.3), (0.8, 0.8, 0.3)), 4.0),
    Solid((0.32,), (0.1, -0.6, -0.4), (0.1, 0.1, 0.15), 0.15, ((0.2, 0.35, 0.8), (0.8, 0.8, 0.9)), 4.0),
)


def ball_at(shot_frame: float) -> NDArray[np.float64]:
    """Centre (3,) of the ball, metres."""
    along = [SPEED / FPS * (shot_frame - middle) for middle in SHOTS]
    there, back = (min(max(place, -SIDE), SIDE) for place in along)
    return np.array([there - back - SIDE, 0.0, 0.5])


def make_footage(
    path: Path, angles: tuple[float, ...], frames: list[float], solids: tuple[Solid, ...] = (*SLOW, BALL)
) -> Path:
    """Write a picture a camera and frame, and the transforms file; returns that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = [
        (f"{path.stem}_{c}_{number:03d}.png", frame, c)
        for c in range(len(angles))
        for number, frame in enumerate(frames)
    ]
    poses = [look_at((4.2 * math.cos(angle), 4.2 * math.sin(angle), 1.4)) for angle in angles]

    def film(name: str, frame: float, camera: int) -> None:
        seen = Camera(*SIZE, FOCAL, FOCAL, SIZE[0] / 2, SIZE[1] / 2, tuple(poses[camera].ravel()))
        image = cv2.cvtColor(picture(seen, frame / FPS, solids), cv2.COLOR_RGBA2BGRA)
        cv2.imwrite(str(path.parent / name), image)

    run_together([partial(film, *one) for one in written])
    document = {
        "camera_model": "PINHOLE", "w": SIZE[0], "h": SIZE[1], "fl_x": FOCAL, "fl_y": FOCAL,
        "cx": SIZE[0] / 2, "cy": SIZE[1] / 2, "fps": FPS, "frames_in_shot": FRAMES, "alpha": "straight",
        "frames": [
            {"file_path": name, "shot_frame": frame, "camera": f"camera {c}", "transform_matrix": poses[c].tolist()}
            for name, frame, c in written
        ],
    }  # fmt: skip
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def main() -> None:
    """Film, bake with and without, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=("without", "with"), help="one of the two bakes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shot = read_shot(make_footage(folder / "filmed.json", FILMED, [float(n) for n in range(FRAMES)]))
        near = [float(n) for n in range(FRAMES) if any(abs(n - middle) <= _NEAR for middle in SHOTS)]
        away = [float(n) for n in range(5, FRAMES, 10) if float(n) not in near]
        crossing = [n for n in near if any(abs(n - middle) <= SIDE * FPS / SPEED for middle in SHOTS)]
        print(f"{'':<12}{'crossing':>10}{'around':>10}{'elsewhere':>11}   PSNR in dB of unseen views")
        settings = BakeSettings(steps=arguments.steps, seed=arguments.seed, device="cpu")
        for name, fast in (("without", False), ("with", True)):
            if arguments.only not in (None, name):
                continue
            output = folder / f"{name}.stp"
            header = bake_shot(shot, output, replace(settings, fast_motion=fast), lambda _: None, lambda: False)
            field = load_field(output, "cpu")
            figures = [psnr(field, folder, frames) for frames in (crossing, near, away)]
            print(f"{name:<12}{figures[0]:>10.2f}{figures[1]:>10.2f}{figures[2]:>11.2f}", flush=True)
            print(header.training["fast_motion"], header.training["seconds"])


def psnr(field: Field, folder: Path, frames: list[float]) -> float:
    """Mean over two unseen cameras and some frames, dB, over white."""
    path = make_footage(folder / "truth.json", _UNSEEN, frames)
    truth = read_shot(path, Purpose.TRUTH, extent=(0.0, FRAMES - 1.0)).frames
    found = []
    for frame in truth:
        seen = render_frame(field, frame.camera, frame.shot_frame, quality=Quality.STANDARD)
        found.append(compare(over(straight_srgb(seen.rgba), 1.0), over(load_pixels(frame), 1.0)).psnr)
    return float(np.mean(found))


if __name__ == "__main__":
    main()
