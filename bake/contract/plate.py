"""Plates: how a picture of a field for one scene frame is named and sealed.

The name says what the plate shows, so that a stale one is impossible. The seal behind the picture's bytes says that
it is whole, so that Blender can refuse a cut or damaged plate without a library that reads OpenEXR. Whatever reads
OpenEXR goes by the offsets in its header and does not notice the seal.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from .messages import PlateRequest, encode

PLATE_VERSION = 2
"""Raised when the same request would give other pixels."""

SPLIT_VERSION = 1
"""Raised when the same request would give other pixels to an exact plate alone."""

LAYERS_VERSION = 1
"""Raised when the same request would give other pixels to a plate's layers alone."""
BLUR_VERSION = 1
"""Raised when the same request would give other pixels to a blurred plate alone."""

BEAUTY_CHANNELS = ("R", "G", "B", "A")
"""Layer `Field`: premultiplied, scene-linear Rec.709."""
BEAUTY_LAYER = "Field"
DEPTH_LAYER = "Depth"
DEPTH_CHANNEL = f"{DEPTH_LAYER}.Z"
"""Median planar depth along the camera's axis, scene units, of what the ray meets, however thin it is there; of a
blurred plate the median, by alpha, of what its rays meet. EMPTY_DEPTH where alpha is below VISIBLE_ALPHA."""
VISIBLE_ALPHA = 1 / 512
"""Half of what a picture of eight bits can show."""
EMPTY_DEPTH = 1.0e10
"""What Cycles writes where a ray meets nothing."""

FRONT_LAYER = "Front"
"""Of an exact plate, as `Field`: what lies before native surfaces, and all of it where there are none."""
HOLDOUT_LAYER, VISIBLE_LAYER = "Holdout", "Visible"
"""Of an exact plate: how much of the render comes through the field, and how much of the pixel beside that shows the
nearest of several native surfaces."""
COVERAGE_LAYER = "Coverage"
"""Of an exact plate: how much of the pixel native surfaces fill."""
NATIVE_LAYER = "Native"
"""Of an exact plate: planar depth of the nearest native surface in the pixel or next to it; EMPTY_DEPTH for none."""
PICK_X_LAYER, PICK_Y_LAYER = "PickX", "PickY"
"""Of an exact plate: where in the render the colour of that nearest surface is found, from 0 to 1 from bottom left."""
SPLIT_LAYERS = (HOLDOUT_LAYER, VISIBLE_LAYER, COVERAGE_LAYER, NATIVE_LAYER, PICK_X_LAYER, PICK_Y_LAYER)
"""Layers of one channel, `Z`: as numbers, not as colours, which Blender may convert."""

SEAL_MAGIC = b"STPPLATE"
"""Begins the seal; the SHA-256 of every byte before it, 32 bytes, ends it and the file."""
SEAL_LENGTH = len(SEAL_MAGIC) + hashlib.sha256().digest_size
_AT_ONCE = 1 << 20


def plate_name(request: PlateRequest) -> str:
    """File name of the plate that answers `request`: a hash of all that decides its pixels.

    Where the field file and that of native surfaces lie, the request's id and its channel do not matter. Cameras and
    transforms are rounded to seven digits, so that noise in the last bit of a matrix does not make another plate.
    """
    document = json.loads(encode(replace(request, id=0, field_file="", path="", channel="")))
    document["version"] = PLATE_VERSION
    if document["exposure_of"] is None:
        # The neutral exposure is all there was before there was a choice: plates from then are still good.
        del document["exposure_of"]
    if document["native"] is None:
        del document["native"]
    else:
        del document["native"]["file"]
        document["split_version"] = SPLIT_VERSION
    if "layers" in document:
        document["layers_version"] = LAYERS_VERSION
    blurs = {name: document.pop(name) for name in ("shutter", "aperture")}
    blurs = {name: blur for name, blur in blurs.items() if blur is not None}
    if blurs:
        document |= {**blurs, "blur_version": BLUR_VERSION}
    text = json.dumps(rounded(document), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32] + ".exr"


def seal(path: Path) -> None:
    """Append the seal to a plate that is written but not yet under its own name.

    Raises
    ------
    OSError
        If the file cannot be read or grown.
    """
    with path.open("r+b") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        digest = _digest(stream, size)
        stream.seek(0, os.SEEK_END)
        stream.write(SEAL_MAGIC + digest)


def is_whole(path: Path) -> bool:
    """Whether a plate is there and as it was when it was sealed. Reads the file once and holds little of it."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END) - SEAL_LENGTH
            if size <= 0:
                return False
            stream.seek(size)
            trailer = stream.read(SEAL_LENGTH)
            if not trailer.startswith(SEAL_MAGIC):
                return False
            stream.seek(0)
            return trailer == SEAL_MAGIC + _digest(stream, size)
    except OSError:
        return False


def _digest(stream: BinaryIO, length: int) -> bytes:
    """SHA-256 of the next `length` bytes, or of those that there are."""
    found = hashlib.sha256()
    while length > 0 and (block := stream.read(min(length, _AT_ONCE))):
        found.update(block)
        length -= len(block)
    return found.digest()


def rounded(value: object) -> object:
    """A JSON document with its numbers rounded to seven digits."""
    if isinstance(value, float):
        short = float(f"{value:.7g}")
        return 0.0 if abs(short) < 1e-9 else short
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return value
