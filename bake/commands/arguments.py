"""Kinds of arguments that several commands share."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from ..contract.colour_spaces import Recorded
from ..contract.errors import UserError
from ..contract.field_file import SUFFIX
from ..contract.plate_layers import Layer

DEVICES = ("auto", "cpu", "cuda")


def add_device(parser: argparse.ArgumentParser) -> None:
    """--device."""
    parser.add_argument(
        "--device", choices=DEVICES, default="auto", help="where to compute; auto takes the GPU if it can be used"
    )


def add_footage(parser: argparse.ArgumentParser) -> None:
    """FOOTAGE."""
    parser.add_argument(
        "footage",
        type=Path,
        metavar="FOOTAGE",
        help="a capture or its folder: transforms.json, *.shot.json, COLMAP, Nerfies, HyperNeRF, LLFF, Qualisys",
    )


def add_colour(parser: argparse.ArgumentParser) -> None:
    """--colour-space and --ocio."""
    parser.add_argument(
        "--colour-space",
        metavar="NAME",
        help="what the footage was recorded in, a name in the OpenColorIO configuration (default: sRGB, or the light "
        "up to white of OpenEXR)",
    )
    parser.add_argument(
        "--ocio",
        metavar="CONFIG",
        help="OpenColorIO configuration: config.ocio, .ocioz or ocio://... (default: the environment variable OCIO, or "
        "the ACES studio configuration that OpenColorIO brings along)",
    )


def colour_of(arguments: argparse.Namespace) -> Recorded:
    """What `add_colour` has understood."""
    return Recorded(arguments.colour_space or "", arguments.ocio or "")


def mebibytes(text: str) -> int:
    """How much memory, enough for the instants around one."""
    if not text.isdecimal() or int(text) < 16:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 16 on")
    return int(text)


def size(text: str) -> tuple[int, int]:
    """WxH in pixels."""
    match = re.fullmatch(r"(\d+)x(\d+)", text.strip().lower())
    if match is None or "0" in match.groups():
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1920x1080")
    width, height = int(match[1]), int(match[2])
    if not (0 < width <= 32768 and 0 < height <= 32768):
        raise argparse.ArgumentTypeError(f"{text!r} is out of range")
    return width, height


def positive(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return value


def layers(text: str) -> tuple[Layer, ...]:
    """Layers of a plate with commas between them, or all."""
    words = [word.strip() for word in text.lower().split(",") if word.strip()]
    if words == ["all"]:
        return tuple(Layer)
    unknown = [word for word in words if word not in {layer.value for layer in Layer}]
    if unknown or not words:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown) or text!r}: layers are {', '.join(Layer)}, or all")
    return tuple(layer for layer in Layer if layer.value in words)


def exposure_of(text: str) -> float | None:
    """A shot frame, or None for `neutral`."""
    if text.strip().lower() == "neutral":
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a shot frame nor neutral") from error
    if not abs(value) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shot frame")
    return value


def holding_out(text: str) -> int:
    """Every how many frames one is held out: 0, or 2 and more."""
    value = 0 if text.strip() == "0" else positive_whole(text)
    if value == 1:
        raise argparse.ArgumentTypeError("1 would hold out every frame; choose 2 or more, or 0 for none")
    return value


def positive_whole(text: str) -> int:
    """A whole number above 0."""
    value = positive(text)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(value)


def demand_field_output(output: Path) -> None:
    """Refuse what cannot be the name of a field file that is to be written.

    Raises
    ------
    UserError
        If it ends in something else, or is a folder.
    """
    if output.suffix != SUFFIX:
        raise UserError(f"The output {output} does not end in {SUFFIX}.", f"Name it {output.name}{SUFFIX}.")
    if output.is_dir():
        raise UserError(f"The output {output} is a folder.", "Name a file.")
