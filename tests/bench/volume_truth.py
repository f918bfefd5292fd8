"""Exact merging beside Cycles: a native wall through a soft ball, as a field and as a volume that Cycles traces.

Run from the top folder: python -m tests.bench.volume_truth [SAMPLES]. Printed is how far the pictures are apart, in
steps of 1/255 of scene-linear light; the rest of Cycles' noise is in it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.ndimage import uniform_filter

from tests.analytic_field import SOFT_DENSITY, SOFT_RADIUS, make_soft_field
from tests.blender.harness import installed
from tests.blender.package import build_package
from tests.blender.test_exact import FIELD_COLOUR
from tests.blender.test_frames import read_picture
from tests.blender.test_occlusion import linear


def main(samples: int) -> None:
    """Render both and compare."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        blender = installed("4.5", build_package(folder), folder / "blender")
        field = folder / "soft.stp"
        make_soft_field(field, FIELD_COLOUR)
        colour = linear(FIELD_COLOUR).tolist()
        told = blender.run("volume_truth", folder, field, SOFT_DENSITY, SOFT_RADIUS, colour, samples, timeout=3600)
        exact, volume = (read_picture(Path(told.values["pictures"][name])) for name in ("exact", "volume"))
    apart = 255 * (exact - volume)
    smooth = uniform_filter(apart, (5, 5, 0))
    print(f"{samples} samples: mean {np.abs(apart).mean():.3f}, largest {np.abs(apart).max():.2f}, ", end="")
    print(f"largest of the mean of 5x5 pixels {np.abs(smooth).max():.3f} of 255 steps")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1024)
