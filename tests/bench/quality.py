"""How near a bake comes to views that it has not seen, beside what costs nothing: a neighbouring picture, the mean.

Run from the top folder: python -m tests.bench.quality --minutes 1 10. The demo's footage is split by holding back every
8th picture; --data names a folder of more captures, of which those that are there are baked too.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bake.footage import Shot, read_shot
from bake.footage.pixels import load_pixels
from bake.footage.shot import Frame
from bake.render.metrics import compare, over
from bake.training.bake import BakeSettings

from .markdown import Sheet
from .trial import Outcome, Split, bake_and_compare, mean_of, split_of, truth_of

BOOKS = Path(__file__).resolve().parents[2] / "demo" / "footage" / "hand_books" / "transforms.json"
CAPTURES = ("knight_random", "knight_stage")
HEADINGS = ("capture", "what", "PSNR dB", "SSIM", "FLIP", "steps", "Mrays/s", "GPU memory, MiB")


def main() -> None:
    """Bake, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="*", default=[3.0], help="of each bake")
    parser.add_argument("--steps", type=int, help="instead of minutes, where the machine is not quiet")
    parser.add_argument("--data", type=Path, help="folder of more captures: knight_random, knight_stage")
    parser.add_argument("--capture", type=Path, nargs="*", default=[], help="more transforms files")
    parser.add_argument("--only", help="name of the one capture to bake")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the field files")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file to write the table to")
    arguments = parser.parse_args()
    settings = BakeSettings(steps=arguments.steps, device=arguments.device, seed=arguments.seed)
    sheet = Sheet(arguments.output, "Quality of unseen views", arguments.device, f"Seed {arguments.seed}.")
    sheet.begin(HEADINGS)
    with tempfile.TemporaryDirectory() as folder:
        for split in _splits([*_captures(arguments.data), *arguments.capture], arguments.only, Path(folder)):
            for row in baselines(split):
                sheet.row(split.name, *row)
            for minutes in [0.0] if arguments.steps else arguments.minutes:
                keep = None if arguments.keep is None else arguments.keep / f"{split.name}_{minutes:g}.stp"
                outcome = bake_and_compare(split, replace(settings, minutes=minutes or None), keep)
                sheet.row(split.name, *_row(f"baked {outcome.seconds / 60:.1f} min", outcome))


def _captures(data: Path | None) -> list[Path]:
    more = [] if data is None else [data / name / "transforms_train.json" for name in CAPTURES]
    return [BOOKS, *(path for path in more if path.is_file())]


def _splits(captures: list[Path], only: str | None, folder: Path) -> Iterator[Split]:
    for capture in captures:
        if only in (None, capture.resolve().parent.name):
            yield split_of(capture, folder)


def baselines(split: Split) -> Iterator[tuple[str, ...]]:
    """Rows of the mean of all pictures, and of the nearest picture in time."""
    train = read_shot(split.train)
    truth = truth_of(split, train)
    behind = 1.0 if train.has_alpha else 0.0
    truths = [over(load_pixels(frame), behind) for frame in truth.frames]
    known = {frame.name: over(load_pixels(frame), behind) for frame in train.frames}
    mean = np.mean(list(known.values()), axis=0, dtype=np.float64).astype(np.float32)
    copied = [known[_neighbour(train, frame).name] for frame in truth.frames]
    for name, pictures in (("mean picture", [mean] * len(truths)), ("neighbour copied", copied)):
        figures = mean_of([compare(one, other) for one, other in zip(pictures, truths, strict=True)])
        yield _row(name, Outcome(figures, 0, 0.0))


def _neighbour(train: Shot, frame: Frame) -> Frame:
    return min(train.frames, key=lambda other: abs(other.shot_frame - frame.shot_frame))


def _row(what: str, outcome: Outcome) -> tuple[str, ...]:
    of = outcome.figures
    taken = str(outcome.steps or ""), f"{outcome.rays_per_second / 1e6:.3g}" if outcome.steps else ""
    memory = f"{outcome.peak_bytes / 2**20:.0f}" if outcome.peak_bytes else ""
    return what, f"{of.psnr:.2f}", f"{of.ssim:.4f}", f"{of.flip:.4f}", *taken, memory


if __name__ == "__main__":
    main()
