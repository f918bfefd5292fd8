"""Plates: how a picture of a field for one scene frame is named, so that a stale one is impossible."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from .messages import PlateRequest, encode

PLATE_VERSION = 1
"""Raised when the same request would give other pixels."""

BEAUTY_CHANNELS = ("R", "G", "B", "A")
"""Layer `Field`: premultiplied, scene-linear Rec.709."""
BEAUTY_LAYER = "Field"
DEPTH_LAYER = "Depth"
DEPTH_CHANNEL = f"{DEPTH_LAYER}.Z"
"""Median planar depth along the camera's axis, scene units; EMPTY_DEPTH where the ray meets nothing."""
EMPTY_DEPTH = 1.0e10
"""What Cycles writes where a ray meets nothing."""


def plate_name(request: PlateRequest) -> str:
    """File name of the plate that answers `request`: a hash of all that decides its pixels.

    Where the field file lies, the request's id and its channel do not matter. Cameras and transforms are rounded to
    seven digits, so that noise in the last bit of a matrix does not make another plate.
    """
    document = json.loads(encode(replace(request, id=0, field_file="", path="", channel="")))
    document["version"] = PLATE_VERSION
    text = json.dumps(_rounded(document), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32] + ".exr"


def _rounded(value: object) -> object:
    if isinstance(value, float):
        rounded = float(f"{value:.7g}")
        return 0.0 if abs(rounded) < 1e-9 else rounded
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value
