"""Footage of a ball that crosses the frame at 30 m/s, in two or three frames of five seconds.

Six cameras film two slow solids and the ball, which rests on one side, is shot to the other, rests there, and comes
back. Views to compare with are of two cameras that the bake never sees.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bake.contract.camera import Camera
from bake.device.threads import run_together
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


def film(folder: Path) -> tuple[Path, Path]:
    """Transforms files of the footage, and of the views to compare with: only of frames in which the ball flies."""
    flight = SIDE * FPS / SPEED
    flying = [float(n) for n in range(FRAMES) if any(abs(n - middle) <= flight for middle in SHOTS)]
    filmed = make_footage(folder / "filmed.json", FILMED, [float(n) for n in range(FRAMES)])
    return filmed, make_footage(folder / "truth.json", _UNSEEN, flying)
