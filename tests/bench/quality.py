"""How near a bake comes to views that it has not seen, beside what costs nothing: a neighbouring picture, the mean.

Run from the top folder: python -m tests.bench.quality --minutes 3. The demo's footage is split by holding back every
8th picture; --data names a folder of more captures, of which those that are there are baked too.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bake.contract.messages import Quality
from bake.field.storage import load_field
from bake.footage import Purpose, Shot, read_shot
from bake.footage.pixels import load_pixels
from bake.footage.shot import Frame
from bake.render.frame import render_frame
from bake.render.images import straight_srgb
from bake.render.metrics import Figures, compare, over
from bake.training.bake import BakeSettings, bake_shot

BOOKS = Path(__file__).resolve().parents[2] / "demo" / "footage" / "hand_books" / "transforms.json"
HELD_BACK = 8


@dataclass(frozen=True)
class Split:
    """Footage to bake and footage to compare with."""

    name: str
    train: Path
    test: Path


def main() -> None:
    """Bake, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="of each bake")
    parser.add_argument("--steps", type=int, help="instead of minutes, where the machine is not quiet")
    parser.add_argument("--data", type=Path, help="folder of more captures: knight_random, knight_stage")
    parser.add_argument("--only", help="name of the one capture to bake")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--curriculum", action="store_true", help="short stretches and coarse pixels first")
    parser.add_argument("--keep", type=Path, help="folder for the field files")
    arguments = parser.parse_args()
    settings = BakeSettings(
        minutes=arguments.minutes,
        steps=arguments.steps,
        device=arguments.device,
        seed=arguments.seed,
        curriculum=arguments.curriculum,
    )
    print(f"{'capture':<16}{'what':<18}{'psnr':>7}{'ssim':>8}{'flip':>8}{'steps':>8}")
    with tempfile.TemporaryDirectory() as folder:
        keep = arguments.keep or Path(folder)
        keep.mkdir(parents=True, exist_ok=True)
        splits = [held_back(BOOKS, Path(folder))]
        for name in ("knight_random", "knight_stage") if arguments.data else ():
            train, test = (arguments.data / name / f"transforms_{part}.json" for part in ("train", "test"))
            if train.exists() and test.exists():
                splits.append(Split(name, train, test))
        for split in splits:
            if arguments.only in (None, split.name):
                measure(split, settings, keep)


def held_back(path: Path, folder: Path) -> Split:
    """Two camera files: without every 8th frame, and of every 8th frame alone."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for frame in document["frames"]:
        frame["file_path"] = str(path.parent / frame["file_path"])
    name = path.parent.name
    parts = {"train": folder / f"{name}_train.json", "test": folder / f"{name}_test.json"}
    for part, target in parts.items():
        kept = [f for number, f in enumerate(document["frames"]) if (number % HELD_BACK == 0) == (part == "test")]
        target.write_text(json.dumps({**document, "frames": kept}), encoding="utf-8")
    return Split(name, parts["train"], parts["test"])


def measure(split: Split, settings: BakeSettings, folder: Path) -> None:
    """Bake one split and print its rows."""
    train = read_shot(split.train)
    test = read_shot(split.test, Purpose.TRUTH, extent=(train.first_frame, train.last_frame))
    behind = 1.0 if train.has_alpha else 0.0
    truths = [over(load_pixels(frame), behind) for frame in test.frames]
    known = {frame.name: over(load_pixels(frame), behind) for frame in train.frames}
    mean = np.mean(list(known.values()), axis=0, dtype=np.float64).astype(np.float32)
    _row(split.name, "mean image", [compare(mean, truth) for truth in truths])
    copied = [known[_neighbour(train, frame).name] for frame in test.frames]
    _row(split.name, "neighbour copied", [compare(a, b) for a, b in zip(copied, truths, strict=True)])
    path = folder / f"{split.name}.stp"
    header = bake_shot(train, path, settings, lambda _: None, lambda: False)
    field = load_field(path, settings.device)
    figures = []
    for frame, truth in zip(test.frames, truths, strict=True):
        seen = render_frame(field, frame.camera, frame.shot_frame, quality=Quality.STANDARD)
        figures.append(compare(over(straight_srgb(seen.rgba), behind), truth))
    _row(split.name, f"baked {header.training['seconds'] / 60:.1f} min", figures, header.training["steps"])


def _neighbour(train: Shot, frame: Frame) -> Frame:
    return min(train.frames, key=lambda other: abs(other.shot_frame - frame.shot_frame))


def _row(name: str, what: str, figures: list[Figures], steps: int | str = "") -> None:
    psnr, ssim, flip = (np.mean([getattr(one, key) for one in figures]) for key in ("psnr", "ssim", "flip"))
    print(f"{name:<16}{what:<18}{psnr:>7.2f}{ssim:>8.4f}{flip:>8.4f}{steps:>8}", flush=True)


if __name__ == "__main__":
    main()
