"""What adaptive sampling is worth: bakes with and without it, at equal steps, of noisy and of good footage.

Run from the top folder: python -m tests.bench.adaptive CAPTURE/transforms_train.json --steps 1000 --faults noise.
Views to compare with are clean, and are those of `tests.bench.sensor`. Beside PSNR of whole views stands PSNR of what
moves: of the subject, where pictures have alpha, else of pixels that differ from what both neighbours in time show.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bake.contract.messages import Quality
from bake.field.storage import load_field
from bake.footage import Purpose, Shot, read_shot
from bake.footage.pixels import load_pixels
from bake.footage.shot import Frame
from bake.render.frame import render_frame
from bake.render.images import straight_srgb
from bake.render.metrics import over
from bake.training.bake import Bake, BakeSettings, bake_shot

from .degraded import Fault, degrade
from .quality import Split, held_back

_MOVES = 0.06
"""Difference of encoded colour from the mean of the neighbours above which a pixel counts as moving."""

_WARM, _TIMED = 30, 30
"""Steps that do not count, and those that do."""


def main() -> None:
    """Bake with and without, print every seed's figures and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", type=Path, help="a transforms file")
    parser.add_argument("--faults", nargs="*", type=Fault, choices=list(Fault), default=[])
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--width", type=int, default=96, help="of the pictures, pixels")
    parser.add_argument("--variants", nargs="*", choices=["even", "adaptive"], default=["even", "adaptive"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--cost", action="store_true", help="measure what a ray costs instead")
    arguments = parser.parse_args()
    if arguments.cost:
        cost(arguments.capture, arguments.width)
        return
    for variant in arguments.variants:
        settings = BakeSettings(steps=arguments.steps, device=arguments.device, adaptive=variant == "adaptive")
        found = np.array(
            [
                measure(arguments.capture, arguments.faults, replace(settings, seed=seed), arguments.width)
                for seed in arguments.seeds
            ]
        )
        faults = "+".join(arguments.faults) or "clean"
        for what, values in zip(("all", "moving", "seconds"), found.T, strict=True):
            each = " ".join(f"{value:.2f}" for value in values)
            print(f"{faults:<10}{variant:<10}{what:<8}{each}  mean {values.mean():.2f}", flush=True)


def cost(capture: Path, width: int) -> None:
    """Print what a ray takes with and without: time on the processor, of steps that take turns, median of ratios."""
    with tempfile.TemporaryDirectory() as name:
        shot = read_shot(degrade(capture, Path(name), [Fault.NOISE], 0, width))
        bakes = [
            Bake(shot, Path(name) / "cost.stp", BakeSettings(device="cpu", steps=2000, adaptive=adaptive),
                 lambda _: None, lambda: False)
            for adaptive in (False, True)
        ]  # fmt: skip
        taken = np.array([[_seconds_a_ray(bake) for bake in bakes] for _ in range(_WARM + _TIMED)])[_WARM:]
    even, adaptive = 1e6 * np.median(taken, axis=0)
    ratio = np.median(taken[:, 1] / taken[:, 0])
    print(f"microseconds a ray: even {even:.1f}, adaptive {adaptive:.1f}; ratio {ratio:.3f}")
    print(f"rays a step: even {bakes[0].rays}, adaptive {bakes[1].rays}")


def _seconds_a_ray(bake: Bake) -> float:
    began = time.process_time()
    rays = bake.step_once()
    return (time.process_time() - began) / rays


def measure(capture: Path, faults: list[Fault], settings: BakeSettings, width: int) -> tuple[float, float, float]:
    """Mean PSNR over the views to compare with, dB, that of what moves in all of them, and seconds of the bake."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        beside = capture.with_name("transforms_test.json")
        split = Split("", capture, beside) if beside.exists() else held_back(capture, folder)
        train = read_shot(degrade(split.train, folder / "train", faults, settings.seed, width))
        clean = read_shot(degrade(split.train, folder / "clean", [], settings.seed, width))
        truth = degrade(split.test, folder / "test", [], settings.seed, width)
        test = read_shot(truth, Purpose.TRUTH, extent=(train.first_frame, train.last_frame))
        header = bake_shot(train, folder / "field.stp", settings, lambda _: None, lambda: False)
        field = load_field(folder / "field.stp", settings.device)
        behind = 1.0 if train.has_alpha else 0.0
        each, moving = [], []
        for frame in test.frames:
            seen = render_frame(field, frame.camera, frame.shot_frame, quality=Quality.STANDARD)
            wanted = load_pixels(frame)
            squared = np.square(over(straight_srgb(seen.rgba), behind) - over(wanted, behind)).mean(axis=-1)
            each.append(_psnr(squared))
            moves = wanted[..., 3] > 0.5 if train.has_alpha else _moves(clean, frame, over(wanted, behind))
            moving.append(squared[moves])
        return float(np.mean(each)), _psnr(np.concatenate(moving)), float(header.training["seconds"])


def _moves(shot: Shot, frame: Frame, truth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which pixels of a view are unlike those of the pictures before and after it, (H, W) bool."""
    earlier = max((f for f in shot.frames if f.shot_frame < frame.shot_frame), key=lambda f: f.shot_frame, default=None)
    later = min((f for f in shot.frames if f.shot_frame > frame.shot_frame), key=lambda f: f.shot_frame, default=None)
    known = [over(load_pixels(other), 0.0) for other in (earlier, later) if other is not None]
    difference = np.abs(np.mean(known, axis=0) - truth).mean(axis=-1)
    return np.asarray(difference > _MOVES)


def _psnr(squared: NDArray[np.float32]) -> float:
    return -10 * math.log10(max(float(squared.mean(dtype=np.float64)), 1e-10))


if __name__ == "__main__":
    main()
