"""Depth maps as cameras, scanners and renderers write them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..contract.errors import UserError
from .pictures import read_whole
from .shot import DepthMap

_THOUSANDTHS = 1e-3
_EMPTY = 1e9
"""What renderers put where nothing was hit is beyond this, in scene units."""
_EXR_CHANNELS = ("Z", "V", "Depth", "depth", "Y", "R", "RGB", "RGBA")
"""Last parts of the names under which depth is found in OpenEXR files, likeliest first."""


def read_depth(depth: DepthMap) -> NDArray[np.float32]:
    """Planar depth of a map at its own size.

    Returns
    -------
    (H, W) float32
        Scene units along the viewing axis, row 0 on top; NaN where it is not known: stored as 0 or less, as infinite,
        as no number, or so far away that it stands for nothing.

    Raises
    ------
    UserError
        If the file is missing, damaged, no depth map, or knows no depth at all. The sentence does not repeat the path.
    """
    stored = _stored(depth.path)
    if stored.ndim == 3:
        # Some writers keep a channel axis, or the same value in red, green and blue.
        stored = stored[..., 0]
    if stored.ndim != 2 or 0 in stored.shape:
        raise UserError(f"it is no depth map: its values have the shape {'x'.join(map(str, stored.shape))}")
    whole = np.issubdtype(stored.dtype, np.integer)
    if whole and stored.dtype.itemsize < 2:
        raise UserError("it holds 8 bits a pixel, too few for depths; write a 16-bit PNG, an OpenEXR or a .npy file")
    if not whole and not np.issubdtype(stored.dtype, np.floating):
        raise UserError(f"its values are of the type {stored.dtype}, not numbers")
    scale = depth.scale if depth.scale is not None else _THOUSANDTHS if whole else 1.0
    values = stored.astype(np.float32) * np.float32(scale)
    known = np.isfinite(values) & (values > 0) & (values < _EMPTY)
    if not known.any():
        raise UserError("not one of its depths is known: all are 0, infinite or no numbers")
    return np.where(known, values, np.float32(np.nan))


def _stored(path: Path) -> NDArray[np.generic]:
    if path.suffix.lower() == ".npy":
        return _numpy(path)
    data = read_whole(path)
    if path.suffix.lower() == ".exr":
        return _exr(path)
    decoded = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise UserError("it is not a readable depth map (16-bit PNG, TIFF, OpenEXR or .npy)")
    return np.asarray(decoded)


def _numpy(path: Path) -> NDArray[np.generic]:
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except FileNotFoundError as error:
        raise UserError("the file is missing") from error
    except (OSError, ValueError, EOFError) as error:
        raise UserError("it is not a readable array of numbers (.npy)") from error


def _exr(path: Path) -> NDArray[np.float32]:
    import OpenEXR

    try:
        with OpenEXR.File(str(path)) as file:
            channels = {name.rsplit(".", 1)[-1]: channel.pixels for name, channel in file.channels().items()}
        name = next(name for name in _EXR_CHANNELS if name in channels)
        return np.asarray(channels[name], dtype=np.float32)
    except StopIteration as error:
        found = ", ".join(sorted(channels)) or "none"
        raise UserError(f"it has no depth among its channels ({found}); depth is called Z, V, Y or R") from error
    except (RuntimeError, ValueError, KeyError) as error:
        raise UserError("it is not a readable OpenEXR file") from error
