"""Whether a plate shows what its receipt says: a sample of its pixels, rendered again and compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import UserError
from ..contract.field_file import FieldHeader, FootageCameras
from ..contract.instant import Instant
from ..contract.messages import PlateRequest
from ..contract.plate import EMPTY_DEPTH
from ..contract.plate_layers import PlateLayers, channels_of
from ..field.model import Field
from .blurring import is_blurred, render_blurred_runs
from .frame import render_runs
from .layers import fill_pixels
from .plate_file import Plate

COLOUR_TOLERANCE = 1 / 255
"""Of premultiplied scene-linear colour and alpha: absolute below 1, relative above."""
DEPTH_TOLERANCE = 0.005
"""Of depth: relative."""
SHARE = 0.99
"""How many of the pixels must keep within both. Between devices, edges may fall to the other side."""
LAYER_SHARE = 0.95
"""How many of the pixels must have the layers that they should. Between devices, where a name is found nowhere, the
search for it ends elsewhere."""
_LAYER_TOLERANCE = 0.01
"""Of layers: absolute below 1, relative above; numbers that stand for names must be the same."""
_RUN = 32
_SEEN = 1 / 512


@dataclass(frozen=True)
class Comparison:
    """A plate's pixels beside those rendered again. `colour` and `depth` are what SHARE of the pixels keep within."""

    pixels: int
    colour: float
    depth: float
    within: float
    """Share of the pixels that keep within the tolerances."""

    @property
    def good(self) -> bool:
        """Whether the plate is what its receipt says."""
        return self.within >= SHARE


def compare_sample(plate: Plate, request: PlateRequest, field: Field, pixels: int, seed: int) -> Comparison:
    """Render some of a plate's pixels again and compare them.

    Half of them, or more, lie where the plate shows something, as most of a plate may be empty. Of an exact plate only
    pixels that no native surface touches are compared: what is rendered again knows none.

    Parameters
    ----------
    request : PlateRequest
        What the plate answers.
    pixels : int
        About how many; all, if the plate has no more.
    seed : int
        Chooses them.

    Raises
    ------
    UserError
        If the plate is of another size than its receipt says.
    """
    height, width = plate.depth.shape
    if (width, height) != (request.camera.width, request.camera.height):
        raise UserError(f"is {width}x{height}, but its receipt says {request.camera.width}x{request.camera.height}")
    runs, chosen = chosen_runs(plate.rgba[..., 3].reshape(-1), pixels, seed)
    again = render_blurred_runs if is_blurred(request) else render_runs
    rgba, depth = again(field, request, runs)
    rgba = rgba * np.float32(request.fade)
    alone = slice(None) if plate.native is None else plate.native.reshape(-1)[chosen] == np.float32(EMPTY_DEPTH)
    chosen = chosen[alone]
    return compared(plate.rgba.reshape(-1, 4)[chosen], plate.depth.reshape(-1)[chosen], rgba[alone], depth[alone])


def compare_layers(
    plate: Plate,
    request: PlateRequest,
    wanted: PlateLayers,
    field: Field,
    about: FieldHeader,
    footage: FootageCameras | None,
    pixels: int,
    seed: int,
) -> float:
    """Make the layers of some of a plate's pixels again, by the sharp plate's depth: the share of pixels that agree.

    Pixels are chosen as by `compare_sample`; other parameters as `layers.make_layers` has them.

    Raises
    ------
    UserError
        If the plate lacks a layer that it should have.
    """
    missing = [name for name in channels_of(wanted.kinds) if name not in plate.layers]
    if missing:
        raise UserError(f"lacks the layers {', '.join(missing)}")
    runs, chosen = chosen_runs(plate.rgba[..., 3].reshape(-1), pixels, seed)
    seen = Instant(request.camera, request.field_to_scene, request.shot_frame)
    rgba, depth = plate.rgba, plate.depth
    if is_blurred(request):
        # Layers are of the frame's own instant, which a blurred plate does not show.
        rgba, depth = rgba.copy(), depth.copy()
        sharp, depth.reshape(-1)[chosen] = render_runs(field, request, runs)
        rgba.reshape(-1, 4)[chosen] = sharp * np.float32(request.fade)
    again = fill_pixels(field, about, seen, wanted, chosen, rgba, depth, footage)
    good = np.ones(len(chosen), bool)
    for name, values in again.items():
        there = plate.layers[name].reshape(-1)[chosen]
        if name.startswith("Crypto") and name[-1] in "RB":
            good &= there == values
        else:
            good &= np.abs(there - values) <= _LAYER_TOLERANCE * np.maximum(np.abs(values), 1)
    return float(good.mean())


def chosen_runs(alpha: NDArray[np.float32], pixels: int, seed: int) -> tuple[list[tuple[int, int]], NDArray[np.int64]]:
    """Short runs of pixels, half of them or more where `alpha` (N,) shows something, and all their numbers."""
    random = np.random.default_rng(seed)
    starts = np.arange(0, len(alpha), _RUN)
    wanted = max(pixels // _RUN, 1)
    if wanted < len(starts):
        shown = np.maximum.reduceat(alpha, starts) >= _SEEN
        seen, rest = random.permutation(starts[shown]), random.permutation(starts[~shown])
        few = min(len(rest), wanted - min(len(seen), (wanted + 1) // 2))
        starts = np.sort(np.concatenate([seen[: wanted - few], rest[:few]]))
    runs = [(int(first), min(int(first) + _RUN, len(alpha))) for first in starts]
    return runs, np.concatenate([np.arange(first, last) for first, last in runs])


def compared(
    rgba: NDArray[np.float32], depth: NDArray[np.float32], again: NDArray[np.float32], depth_again: NDArray[np.float32]
) -> Comparison:
    """Pixels (N, 4) and depths (N,) beside those made again."""
    if not len(rgba):
        return Comparison(0, 0.0, 0.0, 1.0)
    scale = np.maximum(np.maximum(np.abs(rgba), np.abs(again)), 1.0)
    colour = (np.abs(rgba - again) / scale).max(axis=-1)
    away = np.abs(depth - depth_again) / np.maximum(np.abs(depth_again), 1e-6)
    # Where hardly anything is seen, whether it has a depth is a matter of the last bit.
    away[np.maximum(rgba[:, 3], again[:, 3]) < 2 * _SEEN] = 0.0
    within = float(np.mean((colour <= COLOUR_TOLERANCE) & (away <= DEPTH_TOLERANCE)))
    return Comparison(len(rgba), float(np.quantile(colour, SHARE)), float(np.quantile(away, SHARE)), within)
