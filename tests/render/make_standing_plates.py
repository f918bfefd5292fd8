"""Makes the two plates that the extension ships: one that shows nothing, one that says that a plate is missing.

    python tests/render/make_standing_plates.py

The second is far larger than any render, so that it fills it: Blender centres pictures in the frame.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import OpenEXR

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "spacetimepilot_blender" / "data"
MAGENTA = (1.0, 0.0, 1.0, 1.0)
NEAREST = 1e-3
SIZE = 4096


def main() -> None:
    """Write both."""
    sys.path.insert(0, str(ROOT))
    from bake.contract.plate import BEAUTY_CHANNELS, BEAUTY_LAYER, DEPTH_CHANNEL, EMPTY_DEPTH, seal

    FOLDER.mkdir(exist_ok=True)
    for name, size, colour, depth in (
        ("empty_plate.exr", 8, (0.0, 0.0, 0.0, 0.0), EMPTY_DEPTH),
        ("failed_plate.exr", SIZE, MAGENTA, NEAREST),
    ):
        channels = {
            f"{BEAUTY_LAYER}.{letter}": np.full((size, size), value, np.float16)
            for letter, value in zip(BEAUTY_CHANNELS, colour, strict=True)
        }
        channels[DEPTH_CHANNEL] = np.full((size, size), depth, np.float32)
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        path = FOLDER / name
        with OpenEXR.File(header, channels) as file:
            file.write(str(path))
        seal(path)


if __name__ == "__main__":
    main()
