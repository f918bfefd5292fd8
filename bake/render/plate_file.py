"""Plates on disk: multilayer OpenEXR that stock Blender reads as an image with a Field and a Depth socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import UserError
from ..contract.files import written_aside
from ..contract.plate import BEAUTY_CHANNELS, BEAUTY_LAYER, DEPTH_CHANNEL, FRONT_LAYER, NATIVE_LAYER, SPLIT_LAYERS, seal
from ..contract.plate_layers import Layer, channels_of
from ..contract.plate_receipt import PREFIX

if TYPE_CHECKING:
    from .exact import Split
    from .layers import Layers

_LARGEST_HALF = 65504.0
_REMAKE = "Delete the plate, so that it is made again."


@dataclass(frozen=True)
class Plate:
    """What a plate file holds.

    `rgba` is (H, W, 4) float32, premultiplied, scene-linear Rec.709. `depth` is (H, W) float32, median planar depth
    in scene units, EMPTY_DEPTH where the ray meets nothing. Row 0 is the top. `native` is an exact plate's layer of
    that name, (H, W) float32. `layers` are those of `contract.plate_layers`, by channel, (H, W) float32.
    """

    rgba: NDArray[np.float32]
    depth: NDArray[np.float32]
    metadata: dict[str, str]
    native: NDArray[np.float32] | None = None
    layers: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


def write_plate(
    path: Path,
    rgba: NDArray[np.float32],
    depth: NDArray[np.float32],
    metadata: Mapping[str, str],
    split: Split | None = None,
    layers: Layers | None = None,
) -> None:
    """Write a plate, aside and then renamed.

    Colour is stored as 16-bit half (as renderers do), depth as 32-bit float, because half ends at 65504 and has three
    digits. Layers are named without a pass (`Field.R`, not `Field.Combined.R`), because then Blender's Image node
    shows both as sockets at once instead of making people choose a layer.

    Parameters
    ----------
    rgba : (H, W, 4) float32
        Premultiplied, scene-linear Rec.709.
    depth : (H, W) float32
        Planar depth along the camera's axis, scene units.
    metadata : mapping of str to str
        Kept in the file's header.
    split : Split or None
        What makes it an exact plate.
    layers : Layers or None
        What it carries beside, all of it as 32-bit float: numbers that stand for names bear no rounding.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    import OpenEXR

    if rgba.shape != (*depth.shape, 4):
        raise ValueError(f"colour {rgba.shape} and depth {depth.shape} are not of one picture")
    channels = {BEAUTY_LAYER: _half(rgba), DEPTH_CHANNEL: np.ascontiguousarray(depth, dtype=np.float32)}
    if split is not None:
        channels[FRONT_LAYER] = _half(split.front)
        numbers = (split.holdout, split.visible, split.coverage, split.native, split.pick_x, split.pick_y)
        channels |= {
            f"{name}.Z": np.ascontiguousarray(layer) for name, layer in zip(SPLIT_LAYERS, numbers, strict=True)
        }
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    header |= {PREFIX + key: str(value) for key, value in metadata.items()}
    if layers is not None:
        channels |= layers.channels
        header |= layers.header
    with written_aside(path) as aside:
        try:
            OpenEXR.File(header, channels).write(str(aside))
            seal(aside)
        except RuntimeError as error:
            raise UserError(
                f"Cannot write the plate {path}: {_reason(error)}.",
                "Free some disk space or choose a folder you may write to, then try again.",
            ) from error


def read_plate(path: Path) -> Plate:
    """Read a plate.

    Raises
    ------
    UserError
        If the file is missing, cut short, damaged or no plate.
    """
    import OpenEXR

    if not path.is_file():
        raise UserError(f"There is no plate {path}.")
    try:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            channels = {name: np.array(channel.pixels) for name, channel in file.channels().items()}
            # The library empties the header when the file is closed.
            header = dict(file.header())
    except (RuntimeError, ValueError, OSError) as error:
        raise UserError(f"The plate {path} is damaged or cut short: {_reason(error)}.", _REMAKE) from error
    colour = [channels.get(f"{BEAUTY_LAYER}.{channel}") for channel in BEAUTY_CHANNELS]
    depth = channels.get(DEPTH_CHANNEL)
    if depth is None or any(channel is None for channel in colour):
        raise UserError(f"{path} is an OpenEXR picture, but not a plate of SpaceTimePilot.", _REMAKE)
    metadata = {key.removeprefix(PREFIX): str(value) for key, value in header.items() if str(key).startswith(PREFIX)}
    rgba = np.stack([np.asarray(channel, dtype=np.float32) for channel in colour], axis=-1)
    native = channels.get(f"{NATIVE_LAYER}.Z")
    layers = {name: np.asarray(channels[name], np.float32) for name in channels_of(tuple(Layer)) if name in channels}
    return Plate(rgba, np.asarray(depth, dtype=np.float32), metadata, native, layers)


def _half(rgba: NDArray[np.float32]) -> NDArray[np.float16]:
    return np.clip(rgba, -_LARGEST_HALF, _LARGEST_HALF).astype(np.float16)


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["unknown reason"])[0].rstrip(".")
