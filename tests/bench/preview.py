"""What the viewport's preview of a field costs, and how far it is from the worker's picture of the same view.

Run from the top folder: python -m tests.bench.preview FOOTAGE SHOT.stp. The view is that of the footage's middle frame.
Times are medians of three, given as shares of the picture's, as machines are shared; drawing is timed on whatever draws
in this machine's Blender, software where there is no GPU. PSNR is over the pixels that preview or picture cover.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bake.contract.camera import Lens
from bake.footage import read_shot
from tests.blender.harness import installed
from tests.blender.package import build_package

_LARGEST = 640


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", type=Path, help="what the field was baked from")
    parser.add_argument("field", type=Path, help="the field file")
    arguments = parser.parse_args()
    frames = read_shot(arguments.footage).frames
    frame = frames[len(frames) // 2]
    camera = replace(frame.camera.no_larger(_LARGEST), lens=Lens())
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        blender = installed("4.5", build_package(folder), folder / "blender")
        found = blender.run(
            "viewport_distance", folder, arguments.field.resolve(), camera.to_json(), frame.shot_frame, timeout=900
        ).values
    print(f"picture: {camera.width}x{camera.height}, {found['pixels'] / found['picture'] / 1000:.0f} thousand rays/s")
    print(f"{'fineness':>8}{'surfels':>10}{'kB':>8}{'to make':>10}{'to draw':>10}{'from the picture':>18}")
    for row in found["rows"]:
        made_in, drawn_in = row["seconds"] / found["picture"], row["drawing"] / found["picture"]
        print(
            f"{row['fineness']:>8}{row['surfels']:>10}{row['bytes'] / 1000:>8.0f}{made_in:>10.3f}{drawn_in:>10.3f}"
            f"{row['distance']:>15.1f} dB"
        )


if __name__ == "__main__":
    main()
