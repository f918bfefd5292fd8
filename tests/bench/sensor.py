"""What conditioning on the sensor is worth: bakes with and without it, at equal steps, of poor and of good footage.

Run from the top folder: python -m tests.bench.sensor CAPTURE/transforms_train.json --steps 1200 --faults drift flicker.
Without a transforms_test.json beside it, every 8th frame is held back. Views to compare with have no faults, and are
compared with the neutral exposure, or with the exposure as it was filmed around them where --as-filmed is given.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from bake.contract.messages import Quality
from bake.field.storage import load_field
from bake.footage import Purpose, read_shot
from bake.footage.pixels import load_pixels
from bake.render.frame import render_frame
from bake.render.images import straight_srgb
from bake.render.metrics import compare, over
from bake.training.bake import BakeSettings, bake_shot

from .degraded import Fault, degrade
from .quality import Split, held_back

VARIANTS = {
    "without": {"sensor": False},
    "sensor": {"sensor": True},
    "no histogram": {"sensor": True, "histogram": False},
    "robust": {"robust": True},
}


def main() -> None:
    """Bake with and without, print PSNR of every seed, the mean and how far the seeds lie apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("capture", type=Path, help="a transforms file")
    parser.add_argument("--faults", nargs="*", type=Fault, choices=list(Fault), default=[])
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--width", type=int, default=100, help="of the pictures, pixels")
    parser.add_argument("--variants", nargs="*", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--as-filmed", action="store_true", help="compare with the exposure around each view")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    arguments.capture = arguments.capture.resolve()
    for variant in arguments.variants:
        settings = BakeSettings(steps=arguments.steps, device=arguments.device, **VARIANTS[variant])
        found = [
            measure(arguments.capture, arguments.faults, replace(settings, seed=seed), arguments.width,
                    as_filmed=arguments.as_filmed)
            for seed in range(arguments.seeds)
        ]  # fmt: skip
        each = " ".join(f"{value:.2f}" for value in found)
        faults = "+".join(arguments.faults) or "clean"
        print(f"{faults:<16} {variant:<16} {each}  mean {np.mean(found):.2f} +- {np.std(found):.2f} dB", flush=True)


def measure(capture: Path, faults: list[Fault], settings: BakeSettings, width: int, *, as_filmed: bool) -> float:
    """Mean PSNR, dB, over the views to compare with."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        beside = capture.with_name("transforms_test.json")
        split = Split("", capture, beside) if beside.exists() else held_back(capture, folder)
        train = read_shot(degrade(split.train, folder / "train", faults, settings.seed, width))
        truth = degrade(split.test, folder / "test", [], settings.seed, width)
        test = read_shot(truth, Purpose.TRUTH, extent=(train.first_frame, train.last_frame))
        bake_shot(train, folder / "field.stp", settings, lambda _: None, lambda: False)
        field = load_field(folder / "field.stp", settings.device)
        behind = 1.0 if train.has_alpha else 0.0
        figures = []
        for frame in test.frames:
            of = frame.shot_frame if as_filmed and settings.sensor else None
            seen = render_frame(field, frame.camera, frame.shot_frame, quality=Quality.STANDARD, exposure_of=of)
            figures.append(compare(over(straight_srgb(seen.rgba), behind), over(load_pixels(frame), behind)).psnr)
    return float(np.mean(figures))


if __name__ == "__main__":
    main()
