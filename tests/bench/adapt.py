"""How much a field gains by adapting to footage that moves as nothing in its bake did, and what earlier time loses.

Run from the top folder: nice python -m tests.bench.adapt, for solids whose motion is known, or with --data FOLDER for
an animated character. Two thirds of the shot are baked; views to compare with were never learnt from. The frozen field
is the bake, held at its last instant.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bake.contract.adaptation import adaptations
from bake.contract.camera import Camera
from bake.contract.field_file import read_header
from bake.device.threads import run_together
from bake.field.model import Field
from bake.field.storage import load_field
from bake.footage import Purpose, read_shot
from bake.footage.arriving import Patient, Punctual
from bake.footage.going_on import FieldEnd, new_instants
from bake.footage.shot import Frame
from bake.render.comparing import comparable
from bake.render.frame import render_frame
from bake.render.images import straight_srgb
from bake.render.metrics import psnr
from bake.training.adapt import adapt_field
from bake.training.adapting import AdaptSettings
from bake.training.bake import BakeSettings, bake_shot
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


@dataclass(frozen=True)
class Scene:
    """Transforms files of what is baked, of what comes after it, and of views of both that nobody has learnt from."""

    baked: Path
    new: Path
    unseen_old: Path
    unseen_new: Path


def film_solids(folder: Path) -> Scene:
    """Solids whose motion is known."""
    new = [BAKED + 2.5 * number for number in range(8)]
    return Scene(
        film(folder / "baked.json", FILMED, [float(number) for number in range(BAKED)]),
        film(folder / "new.json", FILMED, [float(number) for number in range(BAKED, FRAMES)]),
        film(folder / "unseen_old.json", UNSEEN, [2.0, 10.5, 20.0, 30.0, 38.5, 39.0]),
        film(folder / "unseen_new.json", UNSEEN, new),
    )


def split_capture(data: Path, folder: Path) -> Scene:
    """An animated character, one random view a frame, cut where two thirds of its time are over."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in ("train", "test"):
        document = json.loads((data / f"transforms_{kind}.json").read_text(encoding="utf-8"))
        document.pop("frames_in_shot")
        last = round(59 * 2 / 3)
        for name, wanted in (("old", True), ("new", False)):
            own = [_absolute(frame, data) for frame in document["frames"] if (frame["shot_frame"] <= last) is wanted]
            written.append(folder / f"{kind}_{name}.json")
            written[-1].write_text(json.dumps(document | {"frames": own}), encoding="utf-8")
    baked, new, unseen_old, unseen_new = written
    return Scene(baked, new, unseen_old, unseen_new)


def _absolute(frame: dict[str, Any], folder: Path) -> dict[str, Any]:
    named = {key: value for key, value in frame.items() if key not in ("time", "depth_file_path")}
    return named | {"file_path": str(folder / frame["file_path"])}


def compare(scene: Scene, base: Path, budgets: list[float], rate: float | None, folder: Path) -> None:
    """Print what each budget gains, and what it loses of earlier time."""
    header, frozen = read_header(base), load_field(base, "cpu")
    end = FieldEnd(header, frozen.config.encoding)
    instants = new_instants(read_shot(scene.new, Purpose.TRUTH), end)
    old, new = (read_shot(path, Purpose.TRUTH, _ANY).frames for path in (scene.unseen_old, scene.unseen_new))
    was_old, was_new = _psnr(frozen, old), _psnr(frozen, new)
    print("   budget  steps  ms a step  dropped  frozen  adapted  gain  earlier  lost")
    for budget in budgets:
        source = Patient(instants) if rate is None else Punctual(instants, rate)
        output = folder / f"{budget:g}.stp"
        told = adaptations(
            adapt_field(
                base, header, source, output, AdaptSettings(budget, device="cpu"), lambda _: None, lambda: False
            ).training
        )[-1]
        field = load_field(output, "cpu")
        now, kept = _psnr(field, new), _psnr(field, old)
        print(
            f"{budget:>6g} ms{told.steps / told.instants:>7.1f}{told.step_ms:>11.0f}{told.dropped:>9}{was_new:>8.2f}"
            f"{now:>9.2f}{now - was_new:>6.2f}{kept:>9.2f}{was_old - kept:>6.2f}",
            flush=True,
        )


def _psnr(field: Field, frames: Sequence[Frame]) -> float:
    """Mean of views, dB, over white."""
    seen = [straight_srgb(render_frame(field, frame.camera, frame.shot_frame).rgba) for frame in frames]
    pairs = [comparable(picture, frame, 1.0) for picture, frame in zip(seen, frames, strict=True)]
    return float(np.mean([psnr(*pair) for pair in pairs]))


_ANY = (0.0, 1e6)


def main() -> None:
    """Film, bake, adapt, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with transforms_train.json and transforms_test.json (Knight)")
    parser.add_argument("--steps", type=int, default=600, help="of the bake that is adapted")
    parser.add_argument("--budgets", type=float, nargs="+", default=[250, 1000, 4000], help="milliseconds an instant")
    parser.add_argument("--rate", type=float, help="let instants come at so many a second, so that some are dropped")
    parser.add_argument("--keep", type=Path, help="folder for footage and field; a field that is there is only adapted")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        scene = film_solids(folder) if arguments.data is None else split_capture(arguments.data, folder)
        base = folder / "base.stp"
        if not base.exists():
            settings = BakeSettings(steps=arguments.steps, device="cpu")
            bake_shot(read_shot(scene.baked), base, settings, lambda _: None, lambda: False)
        compare(scene, base, arguments.budgets, arguments.rate, Path(temporary))


if __name__ == "__main__":
    main()
