"""What a field costs as a volume, and how far Cycles' picture of it is from the worker's plate.

Run from the top folder: python -m tests.bench.volumes FOOTAGE SHOT.stp. The view is that of one frame of the footage.
Printed are the seconds to make a frame's volume and to render it, its megabytes, and PSNR of encoded colours over black
and over white. A picture of the field among native objects goes where -o says.
"""

from __future__ import annotations

import argparse
import math
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bake.contract.camera import Lens
from bake.contract.colour import linear_to_srgb
from bake.contract.messages import Quality
from bake.field.storage import load_field
from bake.footage import read_shot
from bake.render.frame import render_frame
from bake.render.metrics import psnr
from tests.blender.harness import VERSIONS, installed
from tests.blender.package import build_package
from tests.blender.test_frames import read_picture

_LARGEST = 640


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", type=Path, help="what the field was baked from")
    parser.add_argument("field", type=Path, help="the field file")
    parser.add_argument("--voxels", type=int, nargs="+", default=[128, 256])
    parser.add_argument("--at", type=float, default=0.5, metavar="SHARE", help="which frame, from 0 to 1")
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--versions", nargs="+", default=list(VERSIONS), help="of Blender")
    parser.add_argument("-o", "--output", type=Path, metavar="PICTURE.png")
    arguments = parser.parse_args()
    frames = read_shot(arguments.footage).frames
    frame = frames[round(arguments.at * (len(frames) - 1))]
    camera = replace(frame.camera.no_larger(_LARGEST), lens=Lens())
    eye = {"width": camera.width, "height": camera.height, "matrix": camera.camera_to_world.tolist()}
    eye["angle"] = 2 * math.atan(camera.width / 2 / camera.fx)
    plate = render_frame(load_field(arguments.field, "cpu"), camera, frame.shot_frame, quality=Quality.FINAL).rgba
    print(f"{'Blender':>8}{'voxels':>8}{'make':>9}{'MB':>7}{'render':>9}{'over black':>12}{'over white':>12}")
    for version in arguments.versions:
        for voxels in arguments.voxels:
            with tempfile.TemporaryDirectory() as made:
                told = _run(Path(made), version, arguments.field, eye, frame.shot_frame, voxels, arguments.samples)
                seen = read_picture(Path(told["volume"]))
                if arguments.output:
                    shutil.copy(Path(made) / "natives.png", arguments.output)
            black, white = (psnr(_over(seen, behind), _over(plate, behind)) for behind in (0.0, 1.0))
            print(
                f"{version:>8}{voxels:>8}{told['made']:>7.1f} s{told['bytes'] / 1e6:>7.2f}{told['rendered']:>7.1f} s"
                f"{black:>9.1f} dB{white:>9.1f} dB",
                flush=True,
            )


def _run(folder: Path, version: str, field: Path, eye: dict, shot_frame: float, voxels: int, samples: int) -> dict:
    blender = installed(version, build_package(folder), folder / "blender")
    words = (folder, field.resolve(), eye, shot_frame, voxels, samples)
    return blender.run("volume_bench", *words, timeout=3600).values


def _over(rgba: np.ndarray, behind: float) -> np.ndarray:
    """Encoded colours, (H, W, 3), over a grey."""
    return linear_to_srgb(np.clip(rgba[..., :3] + behind * (1 - rgba[..., 3:]), 0, 1)).astype(np.float32)


if __name__ == "__main__":
    main()
