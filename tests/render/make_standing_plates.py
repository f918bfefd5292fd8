"""Makes the plates that the extension ships: that show nothing, and that say that a plate is missing.

    python tests/render/make_standing_plates.py

The latter are far larger than any render, so that they fill it: Blender centres pictures in the frame. They lack the
layers that plates may carry, which compositing then takes for 0.
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
    """Write them, for fast and for exact merging."""
    sys.path.insert(0, str(ROOT))
    from bake.contract.plate import (
        BEAUTY_CHANNELS,
        BEAUTY_LAYER,
        DEPTH_CHANNEL,
        EMPTY_DEPTH,
        FRONT_LAYER,
        HOLDOUT_LAYER,
        NATIVE_LAYER,
        SPLIT_LAYERS,
        seal,
    )
    from bake.contract.plate_layers import Layer, channels_of

    FOLDER.mkdir(exist_ok=True)
    nothing, failed = (8, (0.0, 0.0, 0.0, 0.0), EMPTY_DEPTH), (SIZE, MAGENTA, NEAREST)
    split = {name: 0.0 for name in SPLIT_LAYERS}
    for name, (size, colour, depth), layers in (
        ("empty_plate.exr", nothing, None),
        ("failed_plate.exr", failed, None),
        ("empty_exact_plate.exr", nothing, split | {HOLDOUT_LAYER: 1.0, NATIVE_LAYER: EMPTY_DEPTH}),
        ("failed_exact_plate.exr", failed, split),
    ):
        channels = {
            f"{layer}.{letter}": np.full((size, size), value, np.float16)
            for layer in ((BEAUTY_LAYER,) if layers is None else (BEAUTY_LAYER, FRONT_LAYER))
            for letter, value in zip(BEAUTY_CHANNELS, colour, strict=True)
        }
        channels[DEPTH_CHANNEL] = np.full((size, size), depth, np.float32)
        channels |= {f"{layer}.Z": np.full((size, size), value, np.float32) for layer, value in (layers or {}).items()}
        if size == nothing[0]:
            # What an Image node has sockets for comes from the file that it begins with.
            channels |= {channel: np.zeros((size, size), np.float32) for channel in channels_of(Layer)}
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        path = FOLDER / name
        with OpenEXR.File(header, channels) as file:
            file.write(str(path))
        seal(path)


if __name__ == "__main__":
    main()
