"""How much a field gains by adapting to footage that moves as nothing in its bake did, and what earlier time loses.

Run from the top folder: python -m tests.bench.adapt solids|knight|FIELD... See `--help`.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bake.contract.camera import Camera
from bake.device.threads import run_together
from tests.bench.long_shot import Solid, picture
from tests.footage.making import look_at

FPS, BAKED, FRAMES, SIZE, FOCAL = 24, 40, 60, (96, 72), 84.0
"""Of `FRAMES`, the first `BAKED` are baked."""
FILMED, UNSEEN = tuple(0.63 * number for number in range(10)), (0.3, 3.45)
"""Angles of the cameras that film, and of those to compare with."""
_TURNS = 0.7
"""Turns a second about an axis about which nothing turned before."""


@dataclass(frozen=True)
class Spinner(Solid):
    """A box that sways, until it begins to spin about another axis, rise and stretch."""

    def pose(self, seconds: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """As of a `Solid`."""
        place, turn = super().pose(min(seconds, (BAKED - 1) / FPS))
        more = max(seconds - (BAKED - 1) / FPS, 0.0)
        angle = 2 * math.pi * _TURNS * more
        spin = np.array([
            [math.cos(angle), 0, math.sin(angle)], [0, 1, 0], [-math.sin(angle), 0, math.cos(angle)]
        ])  # fmt: skip
        return place + np.array([-0.5, 0.2, 0.6]) * min(more, 1.0), turn @ spin


def solids_at(frame: float) -> tuple[Solid, ...]:
    """What is there at a shot frame."""
    more = max(frame - (BAKED - 1), 0.0) / (FRAMES - BAKED)
    box = Spinner(
        (0.5, 0.22, 0.32), (0.2, -0.1, 0.0), (0.25, 0.2, 0.1), 0.25, ((0.9, 0.75, 0.2), (0.75, 0.2, 0.15)), 4.0
    )
    ball = Solid((0.3,), (-0.5, 0.6, -0.3), (0.2, 0.2, 0.15), 0.2, ((0.2, 0.35, 0.8), (0.8, 0.8, 0.9)), 4.0)
    floor = Solid((1.1, 1.1, 0.06), (0, 0, -0.75), (0, 0, 0), 0.0, ((0.75, 0.72, 0.66), (0.35, 0.42, 0.5)), 2.5)
    return floor, ball, replace(box, half=(0.5 + 0.25 * more, 0.22, 0.32 - 0.1 * more))


def film(path: Path, angles: tuple[float, ...], frames: list[float]) -> Path:
    """Write a picture a camera and frame, and the transforms file; returns that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    poses = [
        look_at((4.0 * math.cos(angle), 4.0 * math.sin(angle), 1.2 + 0.8 * math.sin(3 * angle))) for angle in angles
    ]
    written = [
        (f"{path.stem}_{c}_{round(10 * frame):04d}.png", frame, c) for frame in frames for c in range(len(angles))
    ]

    def one(name: str, frame: float, camera: int) -> None:
        seen = Camera(*SIZE, FOCAL, FOCAL, SIZE[0] / 2, SIZE[1] / 2, tuple(poses[camera].ravel()))
        image = cv2.cvtColor(picture(seen, frame / FPS, solids_at(frame)), cv2.COLOR_RGBA2BGRA)
        cv2.imwrite(str(path.parent / name), image)

    run_together([partial(one, *entry) for entry in written])
    document = {
        "camera_model": "PINHOLE", "w": SIZE[0], "h": SIZE[1], "fl_x": FOCAL, "fl_y": FOCAL,
        "cx": SIZE[0] / 2, "cy": SIZE[1] / 2, "fps": FPS, "alpha": "straight",
        "frames": [
            {"file_path": name, "shot_frame": frame, "camera": f"camera {c}", "transform_matrix": poses[c].tolist()}
            for name, frame, c in written
        ],
    }  # fmt: skip
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
