"""The pixels, masks and depths of a shot's frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..contract.colour import SRGB, linear_to_srgb, srgb_to_linear
from ..contract.errors import UserError
from ..contract.shot_description import Alpha
from .colour import to_rec709
from .depth import read_depth
from .pictures import holds_light, read_picture, read_values
from .shot import Colour, Frame, Picture
from .video import read_video_picture


def load_pixels(frame: Frame) -> NDArray[np.float32]:
    """The picture of a frame at the size of its camera, as the field learns it.

    Returns
    -------
    (H, W, 4) float32
        In [0, 1], colour in the encoding of the frame's picture (not linear), straight alpha, row 0 on top; alpha 1
        where the footage is opaque.

    Raises
    ------
    UserError
        If the picture is missing, damaged or of another size than the frame's camera, or its colour space is not known.
    """
    pixels, colour = _straight(frame), frame.picture.colour
    if colour.plain and colour.encoding == SRGB:
        return pixels
    pixels[..., :3] = colour.encoding.encode(_light(pixels[..., :3], colour))
    return pixels


def load_light(frame: Frame) -> NDArray[np.float32]:
    """The picture of a frame as light: as `load_pixels`, but its colours scene-linear Rec.709, not bounded."""
    pixels = _straight(frame)
    pixels[..., :3] = _light(pixels[..., :3], frame.picture.colour)
    return pixels


def load_shown(frame: Frame) -> NDArray[np.float32]:
    """The picture of a frame as a screen shows it: as `load_pixels`, but sRGB, whatever it was recorded in."""
    colour = frame.picture.colour
    pixels = load_pixels(frame)
    if colour.encoding != SRGB:
        pixels[..., :3] = np.clip(linear_to_srgb(colour.encoding.decode(pixels[..., :3])), 0, 1)
    return pixels


def _light(values: NDArray[np.float32], colour: Colour) -> NDArray[np.float32]:
    return srgb_to_linear(values) if colour.plain else to_rec709(values, colour)


def _straight(frame: Frame) -> NDArray[np.float32]:
    """(H, W, 4) float32, the values of the picture's file, straight alpha, alpha 1 where the footage is opaque."""
    picture = frame.picture
    with _told_of(f"frame {frame.name}", picture.path):
        read = _read(picture)
    height, width = read.shape[:2]
    if (width, height) != (frame.camera.width, frame.camera.height):
        raise UserError(
            f"Frame {frame.name} ({picture.path}) is {width}x{height}, its camera {frame.camera.width}x"
            f"{frame.camera.height}."
        )
    pixels = np.ones((height, width, 4), dtype=np.float32)
    pixels[..., : read.shape[2]] = read
    if picture.alpha is Alpha.NONE:
        pixels[..., 3] = 1.0
    elif picture.alpha is Alpha.PREMULTIPLIED and not _is_divided(picture):
        alpha = pixels[..., 3:]
        pixels[..., :3] = np.clip(pixels[..., :3] / np.where(alpha > 0, alpha, 1.0), 0.0, 1.0)
    return pixels


def _read(picture: Picture) -> NDArray[np.float32]:
    if picture.video_frame is not None:
        return read_video_picture(picture.path, picture.video_frame).astype(np.float32) / np.float32(255)
    if not picture.colour.space:
        return read_picture(picture.path)
    values = read_values(picture.path)
    return np.clip(values, 0.0, 1.0) if picture.colour.plain else values


def _is_divided(picture: Picture) -> bool:
    """Whether the reader has undone the multiplication by alpha already."""
    return picture.video_frame is None and holds_light(picture.path)


def load_mask(frame: Frame) -> NDArray[np.bool_] | None:
    """Which pixels of a frame count, (H, W) bool, or None where all do.

    Raises
    ------
    UserError
        If the mask is missing, damaged or of another shape than the picture.
    """
    return None if frame.picture.mask is None else _white(frame.picture.mask, frame, "mask")


def load_moving(frame: Frame) -> NDArray[np.bool_] | None:
    """Which pixels show what moves by itself, (H, W) bool, or None where nobody says; raises as `load_mask`."""
    return None if frame.picture.moving is None else _white(frame.picture.moving, frame, "mask of what moves")


def load_depth(frame: Frame) -> NDArray[np.float32] | None:
    """How far away a frame's pixels are, or None where nobody says.

    Returns
    -------
    (H, W) float32
        Planar depth along the viewing axis, scene units, lens distortion as in the picture; NaN where it is not known.

    Raises
    ------
    UserError
        If the depth map is missing or damaged.
    """
    depth = frame.picture.depth
    if depth is None:
        return None
    with _told_of(f"the depths of frame {frame.name}", depth.path):
        read = read_depth(depth)
    return np.asarray(_fitted(read, frame))


@contextmanager
def _told_of(what: str, path: Path) -> Iterator[None]:
    """Readers know what is wrong with a file; whose it is, is known here."""
    try:
        yield
    except UserError as error:
        raise UserError(f"Cannot read {what} ({path}): {error.sentence}.", error.hint) from error


def _white(path: Path, frame: Frame, what: str) -> NDArray[np.bool_]:
    with _told_of(f"the {what} of frame {frame.name}", path):
        read = read_picture(path)
    # A mask drawn as transparency has its shape in alpha, over any colour.
    light = read[..., 3] if read.shape[2] == 4 and np.ptp(read[..., 3]) > 0 else read[..., :3].max(axis=2)
    return np.asarray(_fitted(light, frame) > 0.5)


def _fitted(values: NDArray[np.float32], frame: Frame) -> NDArray[np.float32]:
    """Values at the size of the frame's camera; none is made up between near and far neighbours."""
    size = (frame.camera.width, frame.camera.height)
    if values.shape == size[::-1]:
        return values
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_NEAREST_EXACT), dtype=np.float32)
