"""Picture files: what they hold, whether they are whole, and their pixels."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..contract.colour import linear_to_srgb
from ..contract.errors import UserError

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".exr", ".bmp")
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_EXR = b"\x76\x2f\x31\x01"


@dataclass(frozen=True)
class PictureInfo:
    """Size in pixels, and whether the file has an alpha channel."""

    width: int
    height: int
    alpha: bool


def inspect_picture(path: Path) -> PictureInfo:
    """Size and alpha of a picture file, after a check that the file is whole.

    PNG, JPEG and WebP are checked without being decoded, all others are decoded.

    Raises
    ------
    UserError
        If the file is missing, no picture, cut short or damaged. The sentence does not repeat the path.
    """
    data = read_whole(path)
    if data.startswith(_EXR):
        pixels = _decode_exr(path)
        return PictureInfo(pixels.shape[1], pixels.shape[0], pixels.shape[2] == 4)
    try:
        with Image.open(io.BytesIO(data)) as image:
            if not data.startswith((_PNG, _JPEG, b"RIFF")):
                image.load()
            alpha = image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info
            return PictureInfo(image.width, image.height, alpha)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError("it is not a readable picture") from error


def read_picture(path: Path) -> NDArray[np.float32]:
    """Pixels of a picture file.

    Returns
    -------
    (H, W, 3) or (H, W, 4) float32
        In [0, 1], as encoded, row 0 on top. OpenEXR pictures, which hold scene-linear premultiplied light, come back
        straight and encoded to sRGB, so that all footage is of one kind.

    Raises
    ------
    UserError
        As `inspect_picture`.
    """
    pixels = np.clip(read_values(path), 0.0, 1.0)
    if holds_light(path):
        pixels[..., :3] = linear_to_srgb(pixels[..., :3])
    return pixels


def holds_light(path: Path) -> bool:
    """Whether a picture file is OpenEXR, which holds light, multiplied by alpha."""
    with path.open("rb") as stream:
        return stream.read(len(_EXR)) == _EXR


def read_values(path: Path) -> NDArray[np.float32]:
    """Pixels of a picture file as `read_picture`, but the very values that it holds, whatever they mean.

    OpenEXR pictures come back straight, too. What floats hold beyond [0, 1] is kept.
    """
    data = read_whole(path)
    if data.startswith(_EXR):
        return _decode_exr(path)
    decoded = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or _has_palette(data):
        return _decode_with_pillow(data)
    if decoded.ndim == 2:
        decoded = cv2.cvtColor(decoded, cv2.COLOR_GRAY2RGB)
    elif decoded.shape[2] == 4:
        decoded = cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGBA)
    else:
        decoded = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return _scaled(decoded)


def read_whole(path: Path) -> bytes:
    """The bytes of a picture file, after a check that none are missing; raises as `inspect_picture`."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError("the file is missing") from error
    except OSError as error:
        raise UserError(f"the file cannot be read ({error.strerror or error})") from error
    _check_whole(data)
    return data


def _scaled(pixels: NDArray[Any]) -> NDArray[np.float32]:
    if np.issubdtype(pixels.dtype, np.floating):
        return np.nan_to_num(pixels).astype(np.float32)
    return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)


def _check_whole(data: bytes) -> None:
    if not data:
        raise UserError("the file is empty")
    if data.startswith(_PNG):
        _check_png(data)
    elif data.startswith(_JPEG):
        # Cameras append notes after the end marker, so it need not be the last thing in the file.
        if data.rfind(b"\xff\xd9", max(0, len(data) - 1_000_000)) < 0:
            raise UserError("the file is cut short")
    elif data.startswith(b"RIFF") and struct.unpack_from("<I", data.ljust(8), 4)[0] + 8 > len(data):
        raise UserError("the file is cut short")


def _check_png(data: bytes) -> None:
    """Walk the chunks and compare their checksums, as the PNG specification lays them out (section 5)."""
    position = len(_PNG)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 8 + length
        if end + 4 > len(data):
            break
        if zlib.crc32(data[position + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            raise UserError("the file is damaged (a checksum is wrong)")
        if kind == b"IEND":
            return
        position = end + 4
    raise UserError("the file is cut short")


def _has_palette(data: bytes) -> bool:
    """OpenCV drops the transparency of palette pictures."""
    return data.startswith(_PNG) and data[25] == 3


def _decode_with_pillow(data: bytes) -> NDArray[np.float32]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            alpha = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA")
            return _scaled(np.asarray(image.convert("RGBA" if alpha else "RGB")))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError("it is not a readable picture") from error


def _decode_exr(path: Path) -> NDArray[np.float32]:
    import OpenEXR

    try:
        with OpenEXR.File(str(path)) as file:
            channels = file.channels()
            name = next(name for name in ("RGBA", "RGB", "Y") if name in channels)
            pixels = np.asarray(channels[name].pixels, dtype=np.float32)
    except (RuntimeError, StopIteration, ValueError, KeyError) as error:
        raise UserError("it is not a readable OpenEXR picture with RGB channels") from error
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    if pixels.shape[2] == 4:
        alpha = pixels[..., 3:]
        pixels = np.concatenate([pixels[..., :3] / np.maximum(alpha, 1e-6) * (alpha > 0), alpha], axis=2)
    return np.nan_to_num(pixels)
