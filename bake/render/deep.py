"""Deep pictures: all that each ray meets, sample by sample, for compositors that put other things among it.

Flattened, a deep picture is the plate's colour: samples have the colours that the field has there, brought to
scene-linear light one by one, and are scaled in each pixel so that together they give what the plate gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.errors import UserError
from ..contract.files import written_aside
from ..contract.instant import Instant
from ..contract.messages import PlateRequest, Quality
from ..contract.plate import EMPTY_DEPTH, seal
from ..contract.plate_receipt import PREFIX
from ..field.model import Field
from .frame import EFFORT, ROUND_SECONDS, in_rounds, tile_of
from .march import march
from .view import Corner, View

_CHANNELS = ("R", "G", "B", "A", "Z", "ZBack")
_LEAST = 1e-4
"""Alpha from which on a sample is kept."""
_BRIGHTEST = 8.0
"""How many times brighter than they are samples may be made to match the plate's colour."""


@dataclass(frozen=True)
class Deep:
    """Samples of all pixels, those of a pixel one after the other, the nearest first.

    counts : (H, W) int64, samples of each pixel.
    values : (S, 6) float32, premultiplied scene-linear colour, alpha, and planar depth of their beginning and end.
    """

    counts: NDArray[np.int64]
    values: NDArray[np.float32]


def render_deep(
    field: Field,
    seen: Instant,
    rgba: NDArray[np.float32],
    *,
    quality: Quality = Quality.STANDARD,
    crop: tuple[Corner, Corner] | None = None,
    should_stop: Callable[[], bool] | None = None,
    round_seconds: float = ROUND_SECONDS,
) -> Deep:
    """Render a deep picture beside a plate.

    Parameters
    ----------
    rgba : (H, W, 4) float32
        The plate's colour, of the same moment, quality and crop.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    camera = seen.camera
    view = View(field, camera, np.asarray(seen.field_to_scene, dtype=np.float64).reshape(4, 4), crop)
    time, flat = field.normalised_time(seen.shot_frame), rgba.reshape(-1, 4)
    tile, total = tile_of(field), camera.width * camera.height
    found: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}

    def look(first: int) -> None:
        found[first] = _samples(view, first, min(first + tile, total), time, quality, flat[first : first + tile])

    in_rounds([partial(look, first) for first in range(0, total, tile)], field, should_stop, None, round_seconds)
    parts = [found[first] for first in sorted(found)]
    counts = np.concatenate([count for count, _ in parts]).reshape(camera.height, camera.width)
    return Deep(counts, np.concatenate([values for _, values in parts]))


@torch.no_grad()
def _samples(
    view: View, first: int, last: int, time: float, quality: Quality, flat: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Counts (R,) and samples (S, 6) of pixels from `first` to before `last`, whose colours are `flat`, (R, 4)."""
    seen = march(view.field, view.rays(first, last, time), EFFORT[quality], crop=view.crop)
    number = np.arange(last - first)
    ray = np.repeat(number, seen.samples.counts.cpu().numpy())
    places, widths, optical = (
        tensor.double().cpu().numpy() for tensor in (seen.samples.places, seen.samples.widths, seen.optical)
    )
    found = np.column_stack([-np.expm1(-optical), places, widths / 2, seen.colours.double().cpu().numpy()])
    if seen.sky is not None:
        # Behind everything, and all of it.
        behind = np.tile([1.0, EMPTY_DEPTH, 0.0], (len(number), 1))
        if seen.blind is not None:
            behind[seen.blind.cpu().numpy(), 0] = 0
        found = np.concatenate([found, np.column_stack([behind, seen.sky.double().cpu().numpy()])])
        ray = np.concatenate([ray, number])
        order = np.argsort(ray, kind="stable")
        ray, found = ray[order], found[order]
    kept = found[:, 0] > _LEAST
    ray, found = ray[kept], found[kept]
    alpha, place, half = found[:, 0], found[:, 1], found[:, 2]
    colour, counts = found[:, 3:], np.bincount(ray, minlength=len(number))
    light = view.field.config.encoding.decode(colour.astype(np.float32)) * alpha[:, None]
    light *= _scale(light, alpha, ray, counts, flat)[ray]
    start, end = place - half, place + half
    # Samples may touch, but not overlap.
    overlap, middle = (ray[1:] == ray[:-1]) & (end[:-1] > start[1:]), (place[1:] + place[:-1]) / 2
    start[1:], end[:-1] = np.where(overlap, middle, start[1:]), np.where(overlap, middle, end[:-1])
    return counts, np.column_stack([light, alpha, start, end]).astype(np.float32)


def _scale(
    light: NDArray[np.floating],
    alpha: NDArray[np.float64],
    ray: NDArray[np.int64],
    counts: NDArray[np.int64],
    wanted: NDArray[np.float32],
) -> NDArray[np.float64]:
    """(R, 3) by which samples are brighter in the plate than put over each other."""
    passed = np.cumsum(np.log1p(-np.minimum(alpha, 1 - 1e-9)))
    before = np.append(0, passed[:-1])
    firsts = np.cumsum(counts) - counts
    through = np.exp(before - np.append(before, 0)[np.minimum(firsts, len(before))][ray])
    flat = np.stack([np.bincount(ray, light[:, c] * through, len(counts)) for c in range(3)], axis=1)
    return np.clip(wanted[:, :3] / np.maximum(flat, 1e-9), 0, _BRIGHTEST)


def write_deep(path: Path, deep: Deep, metadata: Mapping[str, str]) -> None:
    """Write a deep picture, aside and then renamed: colour and alpha as half, depths as float. Sealed as plates are.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    import OpenEXR

    header = {"compression": OpenEXR.ZIPS_COMPRESSION, "type": OpenEXR.deepscanline}
    header |= {PREFIX + key: str(value) for key, value in metadata.items()}
    ends = np.cumsum(deep.counts.reshape(-1))
    spans = [slice(first, last) for first, last in zip(ends - deep.counts.reshape(-1), ends, strict=True)]
    channels = {}
    for number, name in enumerate(_CHANNELS):
        kind = np.float32 if name.startswith("Z") else np.float16
        values = np.ascontiguousarray(deep.values[:, number], dtype=kind)
        pixels = np.empty(len(spans), dtype=object)
        pixels[:] = [values[span] if span.stop > span.start else None for span in spans]
        channels[name] = pixels.reshape(deep.counts.shape)
    with written_aside(path) as aside:
        try:
            OpenEXR.File(header, channels).write(str(aside))
            seal(aside)
        except RuntimeError as error:
            raise UserError(f"Cannot write {path}: {error}.", "Free some disk space, then try again.") from error


def read_deep(path: Path) -> Deep:
    """Read a deep picture that `write_deep` wrote.

    Raises
    ------
    UserError
        If it cannot be read or is another picture.
    """
    import OpenEXR

    try:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            pixels = {name: np.asarray(file.channels()[name].pixels, object) for name in _CHANNELS}
        none = np.zeros(0, np.float32)
        columns = [
            np.concatenate([none if one is None else np.asarray(one, np.float32) for one in channel.reshape(-1)])
            for channel in pixels.values()
        ]
        counts = np.array([0 if one is None else len(one) for one in pixels["A"].reshape(-1)], np.int64)
        return Deep(counts.reshape(pixels["A"].shape), np.stack(columns, axis=1))
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise UserError(f"The deep picture {path} cannot be read: {error}.", "Make its plate again.") from error


def deep_runs(
    field: Field, request: PlateRequest, runs: list[tuple[int, int]], rgba: NDArray[np.float32]
) -> list[Deep]:
    """Some pixels of what `render_deep` makes beside a plate, run after run, each as a picture of one row.

    `rgba` is (N, 4), the plate's colour of those pixels, of the frame's own instant.
    """
    to_scene = np.asarray(request.field_to_scene, dtype=np.float64).reshape(4, 4)
    view, time = View(field, request.camera, to_scene, request.crop), field.normalised_time(request.shot_frame)
    found, at = [], 0
    for first, last in runs:
        own = rgba[at : at + last - first]
        counts, values = _samples(view, first, last, time, request.quality, own)
        found.append(Deep(counts[None], values))
        at += last - first
    return found
