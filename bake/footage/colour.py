"""The colour space of footage: from what a file holds to light, through OpenColorIO, and to what the field learns."""

from __future__ import annotations

import difflib
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ..contract.colour import SRGB, Encoding, FloatPicture, Gamut
from ..contract.colour_spaces import LINEAR_REC709, NOBODY_SAYS, Recorded
from ..contract.errors import UserError
from .pictures import holds_light
from .shot import Colour, Frame, Shot

BUILT_IN = "ocio://studio-config-latest"
"""The ACES configuration that OpenColorIO brings along."""
_CODES = np.array([[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)], dtype=np.float32)
_BRIGHTEST = 256.0
"""Light above which nothing is kept, white being 1."""
_HEADROOM = 1.5
"""How much brighter than what was looked at other frames may be."""
_LOOKED_AT = 8
_OUTSIDE = -1e-3
"""Light below which a colour lies outside of Rec.709 by more than rounding."""
_WHOLE = 1.02
"""Light that counts as white: the whites of spaces differ in their last digits."""
_NAMES_TOLD = 6


def settled(shot: Shot, recorded: Recorded = NOBODY_SAYS) -> Shot:
    """A shot whose frames all say how their colours are stored for the field.

    Footage that is sRGB, as far as anybody says, stays as it is. Otherwise a few frames are looked at, to find how
    bright the footage gets.

    Raises
    ------
    UserError
        If a colour space or its configuration is not known, OpenColorIO is missing, or a picture cannot be read.
    """
    frames = [_named(frame, recorded) for frame in shot.frames]
    chosen = {frame.picture.colour for frame in frames}
    if all(colour.plain for colour in chosen):
        return replace(shot, frames=tuple(frames))
    encoding = _encoding(frames, sorted(chosen, key=lambda colour: colour.space))
    return replace(
        shot, frames=tuple(_coloured(frame, replace(frame.picture.colour, encoding=encoding)) for frame in frames)
    )


def to_rec709(values: FloatPicture, colour: Colour) -> FloatPicture:
    """(..., 3) float32 as stored in a file to scene-linear Rec.709.

    Raises
    ------
    UserError
        As `settled`.
    """
    pixels = np.ascontiguousarray(values, dtype=np.float32).reshape(-1, 3).copy()
    _processor(colour.config, colour.space).applyRGB(pixels)
    return np.nan_to_num(pixels).reshape(values.shape)


def configuration(config: str) -> str:
    """The OpenColorIO configuration that a name stands for; "" for that of the environment, or the built-in one."""
    config = config or os.environ.get("OCIO", "") or BUILT_IN
    return config if config.startswith("ocio://") else str(Path(config).resolve())


def _named(frame: Frame, recorded: Recorded) -> Frame:
    colour = frame.picture.colour
    if recorded.space:
        colour = replace(colour, space=recorded.space, config=recorded.config)
    colour = replace(colour, config="" if colour.plain else configuration(colour.config))
    return _coloured(frame, colour)


def _coloured(frame: Frame, colour: Colour) -> Frame:
    return replace(frame, picture=replace(frame.picture, colour=colour))


def _encoding(frames: Sequence[Frame], chosen: Sequence[Colour]) -> Encoding:
    """What suits the footage: as much light as it holds, and Rec.2020 where Rec.709 would cut its colours off."""
    from .pixels import load_light

    ranges = [to_rec709(_CODES, colour) for colour in chosen if not colour.plain]
    gamut = Gamut.REC2020 if min(light.min() for light in ranges) < _OUTSIDE else Gamut.REC709
    looked_at = frames[:: -(-len(frames) // _LOOKED_AT)]
    kept = Encoding(_BRIGHTEST, gamut)
    seen = max(float(kept.light(kept.encode(load_light(frame)[..., :3])).max()) for frame in looked_at)
    held = max(float(kept.light(kept.encode(light)).max()) for light in ranges)
    unbounded = any(frame.picture.video_frame is None and holds_light(frame.picture.path) for frame in frames)
    if seen <= _WHOLE and held <= _WHOLE and not unbounded:
        return replace(SRGB, gamut=gamut)
    peak = 2.0 ** math.ceil(math.log2(max(_HEADROOM * seen, 2.0)))
    return Encoding(min(peak, _BRIGHTEST), gamut)


@lru_cache(maxsize=16)
def _processor(config: str, space: str) -> Any:
    """What turns colours of a space into scene-linear Rec.709, on the CPU."""
    ocio = _ocio(space)
    known = _config(config, space)
    if known.getColorSpace(space) is None:
        raise UserError(
            f'The colour space "{space}" is not in the OpenColorIO configuration {config}.', _near(space, known)
        )
    if known.getColorSpace(space).isData():
        raise UserError(
            f'"{space}" is for data that are no colours.', "Choose the colour space that the footage was recorded in."
        )
    linear = next((name for name in LINEAR_REC709 if known.getColorSpace(name) is not None), None)
    try:
        if linear is not None:
            return known.getProcessor(space, linear).getDefaultCPUProcessor()
        return ocio.Config.GetProcessorToBuiltinColorSpace(known, space, LINEAR_REC709[0]).getDefaultCPUProcessor()
    except (ocio.Exception, ocio.ExceptionMissingFile) as error:
        raise UserError(
            f'OpenColorIO cannot turn "{space}" of {config} into light: {error}.', "Choose another configuration."
        ) from error


@lru_cache(maxsize=4)
def _config(config: str, space: str) -> Any:
    ocio = _ocio(space)
    try:
        return ocio.Config.CreateFromFile(config)
    except (ocio.Exception, ocio.ExceptionMissingFile) as error:
        raise UserError(
            f"The OpenColorIO configuration {config} cannot be read: {error}.",
            "Name one with --ocio or in the environment variable OCIO; new ones may need a newer package opencolorio.",
        ) from error


def _ocio(space: str) -> Any:
    try:
        import PyOpenColorIO
    except ImportError as error:
        raise UserError(
            f'Footage in the space "{space}" needs the package opencolorio, which the worker\'s Python cannot load.',
            f'Run: "{sys.executable}" -m pip install "opencolorio>=2.5"',
        ) from error
    return PyOpenColorIO


def _near(space: str, config: Any) -> str:
    """A hint that names what somebody may have meant."""
    names = [known.getName() for known in config.getColorSpaces() if not known.isData()]
    words = [word for word in space.lower().replace("-", " ").split() if len(word) > 1]
    sharing = sorted(names, key=lambda name: -sum(word in name.lower() for word in words))
    sharing = [name for name in sharing if any(word in name.lower() for word in words)]
    near = list(dict.fromkeys([*difflib.get_close_matches(space, names, _NAMES_TOLD, 0.5), *sharing]))[:_NAMES_TOLD]
    told = near or names
    return ("Near it are: " if near else "It has: ") + ", ".join(f'"{name}"' for name in told) + "."
