"""One trial of a bench: bake footage, show views that the bake has not seen, compare them with the truth."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from bake.contract.messages import Quality
from bake.field.model import Field
from bake.field.storage import load_field
from bake.footage import Purpose, Shot, read_shot
from bake.footage.pixels import load_pixels
from bake.footage.shot import Frame
from bake.render.comparing import exposure_as_filmed
from bake.render.frame import render_frame
from bake.render.images import straight_srgb
from bake.render.metrics import Figures, compare, over
from bake.training.bake import BakeSettings, bake_shot

HELD_BACK = 8


@dataclass(frozen=True)
class Split:
    """Transforms files of footage to bake, and of footage to compare with."""

    name: str
    train: Path
    test: Path


@dataclass(frozen=True)
class Outcome:
    """Mean figures over the views, and what the bake took; `peak_bytes` on a GPU, 0 elsewhere."""

    figures: Figures
    steps: int
    seconds: float
    rays_per_second: float = 0.0
    peak_bytes: int = 0


def split_of(capture: Path, folder: Path) -> Split:
    """The views to compare with that lie beside a capture's transforms file, else every 8th of its own frames."""
    beside = capture.with_name("transforms_test.json")
    return Split(capture.parent.name, capture, beside) if beside.is_file() else held_back(capture, folder)


def held_back(path: Path, folder: Path) -> Split:
    """Two transforms files in a folder: without every 8th frame, and of every 8th frame alone."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for frame in document["frames"]:
        frame["file_path"] = str(path.resolve().parent / frame["file_path"])
    name = path.resolve().parent.name
    parts = {"train": folder / f"{name}_train.json", "test": folder / f"{name}_test.json"}
    for part, target in parts.items():
        kept = [f for number, f in enumerate(document["frames"]) if (number % HELD_BACK == 0) == (part == "test")]
        target.write_text(json.dumps({**document, "frames": kept}), encoding="utf-8")
    return Split(name, parts["train"], parts["test"])


def truth_of(split: Split, train: Shot) -> Shot:
    """The views to compare with, on the clock of the footage."""
    return read_shot(split.test, Purpose.TRUTH, extent=(train.first_frame, train.last_frame))


def bake_and_compare(
    split: Split, settings: BakeSettings, keep: Path | None = None, as_filmed: bool = False
) -> Outcome:
    """Bake one split; `keep` is where the field file is to stay. Views are shown as exposed as the frames around them
    were if they are to be `as_filmed`, and the bake knows how that was; else neutral."""
    train = read_shot(split.train)
    with tempfile.TemporaryDirectory() as folder:
        path = keep or Path(folder) / "field.stp"
        header = bake_shot(train, path, settings, lambda _: None, lambda: False)
        figures = mean_of(compare_views(load_field(path, settings.device), truth_of(split, train), as_filmed))
    training = header.training
    rates = [rate for rate in training["history"]["rays_per_second"] if rate is not None]
    peak = int(training.get("gpu_peak_bytes", 0))
    return Outcome(figures, training["steps"], training["seconds"], median(rates or [0.0]), peak)


def compare_views(field: Field, truth: Shot, as_filmed: bool = False) -> list[Figures]:
    """Figures of each view, over white where the footage has alpha."""
    behind = 1.0 if truth.has_alpha else 0.0
    return [compare_view(field, frame, behind, as_filmed) for frame in truth.frames]


def compare_view(field: Field, frame: Frame, behind: float, as_filmed: bool = False) -> Figures:
    """Figures of one view, over a grey of `behind`."""
    exposure = exposure_as_filmed(field, frame) if as_filmed else None
    seen = render_frame(field, frame.camera, frame.shot_frame, quality=Quality.STANDARD, exposure_of=exposure)
    return compare(over(straight_srgb(seen.rgba), behind), over(load_pixels(frame), behind))


def mean_of(figures: list[Figures]) -> Figures:
    """Mean of each figure."""
    return Figures(*(float(np.mean([getattr(one, key) for one in figures])) for key in ("psnr", "ssim", "flip")))
