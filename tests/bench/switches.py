"""What each switch of the bake is worth: with it and without, at equal minutes, on the footage that it is for.

Run from the top folder: python -m tests.bench.switches --minutes 1 -o build/switches.md. Each row is baked with several
seeds; faults of the footage are made on the spot and have the same seed. PSNR is of unseen views without faults.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bake.contract.messages import Precision
from bake.training.bake import BakeSettings

from . import fast_motion, long_shot
from .degraded import Fault, degrade
from .markdown import Sheet
from .quality import BOOKS
from .trial import Outcome, Split, bake_and_compare, split_of

WIDTH = 96
"""Of the pictures, pixels."""
HEADINGS = ("switch", "footage", "without, dB", "with, dB", "gain of each seed, dB", "gain, dB", "steps with/without")
Film = Callable[[Path, int], Split]
"""Makes footage in a folder, with a seed."""


@dataclass(frozen=True)
class Row:
    """One switch on one footage; `on` and `off` are settings of the bake.

    Views are `as_filmed` where what they are compared with was filmed by the camera of the footage, whose exposure may
    change: nothing was done to either.
    """

    switch: str
    footage: str
    film: Film
    on: dict[str, Any]
    off: dict[str, Any] = field(default_factory=dict)
    as_filmed: bool = False


def degraded(faults: tuple[Fault, ...], folder: Path, seed: int) -> Split:
    """The demo's footage as a poor camera would have filmed it, and clean views to compare with."""
    split = split_of(BOOKS, folder)
    train = degrade(split.train, folder / "train", faults, seed, WIDTH)
    return Split(split.name, train, degrade(split.test, folder / "test", [], seed, WIDTH))


def crossing(folder: Path, seed: int) -> Split:  # noqa: ARG001
    """A ball at 30 m/s among slow solids; only the frames in which it crosses are compared."""
    return Split("crossing", *fast_motion.film(folder))


def ten_seconds(folder: Path, seed: int) -> Split:  # noqa: ARG001
    """Solids that move for ten seconds at 60 fps before one camera."""
    frames, size = 600, (96, 54)
    train = long_shot.make_long_shot(folder / "train", frames, size)
    seconds = [0.25 + 0.5 * number for number in range(2 * frames // long_shot.FPS)]
    return Split("ten seconds", train, long_shot.make_truth(folder / "test", seconds, frames, size))


NOISY = (Fault.NOISE,)
CHANGING = (Fault.DRIFT, Fault.FLICKER)
POOR = (Fault.NOISE, Fault.HOT, Fault.COVERED)
ROWS = (
    Row("curriculum", "ten seconds at 60 fps", ten_seconds, {"curriculum": True}),
    Row("adaptive", "noisy", partial(degraded, NOISY), {"adaptive": True}),
    Row("fast motion", "a ball at 30 m/s", crossing, {"fast_motion": True}),
    Row(
        "mixed precision", "clean", partial(degraded, ()), {"precision": Precision.HALF}, {"precision": Precision.FULL}
    ),
    Row("sensor", "drift and flicker", partial(degraded, CHANGING), {"sensor": True}),
    Row("sensor", "as it was filmed", partial(degraded, ()), {"sensor": True}, as_filmed=True),
    Row("robust", "noise, hot frames, a hand", partial(degraded, POOR), {"robust": True}),
    Row("robust", "clean", partial(degraded, ()), {"robust": True}),
)


def main() -> None:
    """Bake every row with every seed, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="of each bake")
    parser.add_argument("--steps", type=int, help="instead of minutes, where the machine is not quiet")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="names of switches")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file to write the table to")
    arguments = parser.parse_args()
    settings = BakeSettings(minutes=arguments.minutes, steps=arguments.steps, device=arguments.device)
    spent = f"{arguments.steps} steps" if arguments.steps else f"{arguments.minutes:g} minutes"
    note = f"{spent} a bake, seeds 0 to {arguments.seeds - 1}, pictures {WIDTH} pixels wide."
    sheet = Sheet(arguments.output, "What each switch is worth", arguments.device, note)
    sheet.begin(HEADINGS)
    for row in ROWS:
        if arguments.only and row.switch not in arguments.only:
            continue
        pairs = [_pair(row, settings, seed) for seed in range(arguments.seeds)]
        sheet.row(row.switch, row.footage, *_cells(pairs))


def _pair(row: Row, settings: BakeSettings, seed: int) -> tuple[Outcome, Outcome]:
    """Without and with, one after the other, of the same footage."""
    with tempfile.TemporaryDirectory() as folder:
        split = row.film(Path(folder), seed)
        without, with_it = (
            bake_and_compare(split, replace(settings, seed=seed, **chosen), as_filmed=row.as_filmed)
            for chosen in (row.off, row.on)
        )
    return without, with_it


def _cells(pairs: list[tuple[Outcome, Outcome]]) -> tuple[str, ...]:
    psnr = np.array([[one.figures.psnr for one in pair] for pair in pairs])
    steps = np.array([[one.steps for one in pair] for pair in pairs])
    gains = psnr[:, 1] - psnr[:, 0]
    without, with_it = (f"{column.mean():.2f} ± {column.std():.2f}" for column in psnr.T)
    each = ", ".join(f"{gain:+.2f}" for gain in gains)
    return without, with_it, each, f"{gains.mean():+.2f}", f"{np.median(steps[:, 1] / steps[:, 0]):.2f}"


if __name__ == "__main__":
    main()
