"""What stand-ins gain for ten instances of a field, and what is seen of them as a camera draws away.

Run from the top folder: python -m tests.bench.instances SHOT.stp. Printed are the seconds of a frame with stand-ins and
without, plates made anew, in turns; then, as one instance grows small: PSNR of encoded colours against the field alone,
where it is, and how much both change from one picture to the next. The last pictures, side by side, go where -o says.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bake.contract.colour import linear_to_srgb
from bake.render.metrics import psnr
from tests.blender.harness import Blender, wheel_python
from tests.blender.package import build_package
from tests.blender.test_frames import read_picture

_HALF = 60
"""Pixels to each side of the picture's middle that are compared."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("field", type=Path, help="the field file, of a subject alone")
    parser.add_argument("--size", type=int, nargs=2, default=[640, 360], metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--frames", type=int, default=3, help="that are timed")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--blender", default="5.2", help="version")
    parser.add_argument("-o", "--output", type=Path, metavar="PICTURE.png")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        resources = Path(folder) / "blender"
        resources.mkdir()
        blender = Blender(arguments.blender, wheel_python(arguments.blender), resources)
        installed = blender.drive("install", str(build_package(Path(folder))), timeout=120)
        if installed.returncode:
            sys.exit(installed.stderr)
        words = (folder, arguments.field.resolve(), arguments.size, arguments.frames, arguments.samples)
        told = blender.run("instances_bench", *words, timeout=3600).values
        ways = {way: statistics.median(seconds) for way, seconds in told["seconds"].items()}
        print(f"making the stand-ins of ten instances, {arguments.frames} frames: {told['made']:.0f} s")
        for way, seconds in ways.items():
            print(f"{way:>8} stand-ins: {told['plates'][way]:>2} plates, {seconds:.1f} s a frame (median)")
        print(f"so {ways['without'] / ways['with']:.1f} times as fast")
        _told_away(told["away"], arguments.output)


def _told_away(rows: list[dict], output: Path | None) -> None:
    print(f"{'pixels':>8}{'PSNR':>10}{'mean differs':>15}{'changes, with':>16}{'without':>10}   (steps of 255)")
    before: dict[str, np.ndarray] = {}
    strips = []
    for row in rows:
        seen = {way: _middle(Path(row[way])) for way in ("with", "without")}
        steps = {way: _rms(seen[way] - before[way]) if before else float("nan") for way in seen}
        differs = 255 * float(np.abs((seen["with"] - seen["without"]).mean(axis=(0, 1))).max())
        quality = psnr(seen["with"], seen["without"])
        print(
            f"{row['pixels']:>8.0f}{quality:>7.1f} dB{differs:>15.2f}{steps['with']:>16.2f}{steps['without']:>10.2f}",
            flush=True,
        )
        before = seen
        strips.append(np.concatenate([seen["with"], seen["without"]]))
    if output:
        from PIL import Image

        sheet = np.concatenate(strips[1::2], axis=1)
        Image.fromarray((255 * sheet).round().astype(np.uint8)).save(output)


def _middle(path: Path) -> np.ndarray:
    """(H, W, 3) encoded colours around the picture's middle."""
    picture = read_picture(path)[..., :3]
    y, x = picture.shape[0] // 2, picture.shape[1] // 2
    part = picture[y - _HALF : y + _HALF, x - _HALF : x + _HALF]
    return linear_to_srgb(np.clip(part, 0, 1)).astype(np.float32)


def _rms(difference: np.ndarray) -> float:
    return 255 * float(np.sqrt(np.mean(np.square(difference))))


if __name__ == "__main__":
    main()
