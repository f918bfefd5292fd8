"""A picture of the field through an open shutter and an open lens: the mean of rays that each have a time of their own.

All rays of a pixel go through its middle, as in a sharp picture, and differ in time and in where they pass the lens. A
block of pixels whose first few rays see the same needs no more: a single pixel might have missed what is small. Which
ray has which time is fixed: a picture is the same whenever and wherever it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.camera import rays_through
from ..contract.instant import Instant
from ..contract.messages import PlateRequest, Quality
from ..contract.plate import EMPTY_DEPTH, VISIBLE_ALPHA
from ..field.model import Field
from .frame import EFFORT, ROUND_SECONDS, RenderedFrame, filmed_stops, in_rounds, light, tile_of
from .march import make_rays, march, without_blind
from .sampling import Rays
from .slices import slices
from .view import View, looking, pose_in_field

Picture = NDArray[np.float32]

RAYS = {Quality.PREVIEW: (4, 8, 16), Quality.STANDARD: (8, 8, 32), Quality.FINAL: (16, 32, 128)}
"""Of every pixel, of one whose rays differ, and of one whose rays differ much: powers of two lie evenly in time."""
LENS_RAYS = {Quality.PREVIEW: (4, 8, 32), Quality.STANDARD: (8, 16, 64), Quality.FINAL: (16, 64, 256)}
"""The same where there is an aperture: a disc needs more of them than a line."""
_DIFFER, _DIFFER_MUCH = 1 / 32, 1 / 8
"""By how much, in premultiplied scene-linear light."""
_BLOCK = 8
"""Pixels beside each other that get more rays if one of them needs them."""
_SLICES = 256
"""In time; more than a pixel has rays, so that pixels beside each other can have other ones."""
LENS_STEPS = np.array([0.7548776662466927, 0.5698402909980532])
"""Of the additive sequence that fills a square most evenly (Roberts 2018, the R2 sequence)."""


def is_blurred(request: PlateRequest) -> bool:
    """Whether a plate is a mean over time or over a lens."""
    return request.shutter is not None or request.aperture is not None


def rays_of(request: PlateRequest) -> tuple[int, int, int]:
    """How many rays a pixel of a blurred plate gets, as RAYS has them."""
    return (RAYS if request.aperture is None else LENS_RAYS)[request.quality]


def render_blurred(
    field: Field,
    request: PlateRequest,
    *,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    round_seconds: float = ROUND_SECONDS,
) -> RenderedFrame:
    """Render the plate of a request with a shutter or an aperture; all else as `frame.render_frame`.

    The depth is the median, by alpha, of what the rays of a pixel meet: where a streak is thin its depth is that of
    what has passed, so that it is in front of what it passed in front of.
    """
    view = BlurredView(field, request)
    total = request.camera.width * request.camera.height
    rgba, depth = np.empty((total, 4), np.float32), np.empty(total, np.float32)
    together = tile_of(field) // rays_of(request)[0] // _BLOCK * _BLOCK
    tasks = []
    for first in range(0, total, together):
        own = slice(first, first + together)
        tasks.append(partial(view.render, rgba[own], depth[own], first))
    in_rounds(tasks, field, should_stop, progress, round_seconds)
    shape = request.camera.height, request.camera.width
    return RenderedFrame(rgba.reshape(*shape, 4), depth.reshape(shape))


@dataclass(frozen=True)
class _Slices:
    """All slices as arrays: poses (T, 4, 4), camera to capture space; middles and scales (T, 2) of the picture, in
    pixels; near, far and times (T,)."""

    poses: NDArray[np.float64]
    middles: NDArray[np.float64]
    scales: NDArray[np.float64]
    near: NDArray[np.float64]
    far: NDArray[np.float64]
    times: NDArray[np.float64]

    @classmethod
    def of(cls, instants: list[Instant], field: Field) -> _Slices:
        cameras = [one.camera for one in instants]
        return cls(
            np.stack([pose_in_field(one.camera, _matrix(one.field_to_scene)) for one in instants]),
            np.array([(camera.cx, camera.cy) for camera in cameras]),
            np.array([(camera.fx, camera.fy) for camera in cameras]),
            np.array([camera.near for camera in cameras]),
            np.array([camera.far for camera in cameras]),
            np.array([field.normalised_time(one.shot_frame) for one in instants]),
        )


class BlurredView:
    """The rays of a blurred picture, and what they see.

    Raises
    ------
    UserError
        If the field is flattened at some time, or does not know how its footage was exposed.
    """

    def __init__(self, field: Field, request: PlateRequest) -> None:
        self._field, self._camera, self._aperture = field, request.camera, request.aperture
        filmed = 0.0 if request.exposure_of is None else filmed_stops(field, request.exposure_of)
        self._stops = np.asarray(request.exposure + filmed, dtype=np.float32)
        self._slices = _Slices.of(instants_of(request, _SLICES), field)
        self._crop = View(field, request.camera, None, request.crop).crop
        self._effort, self._rays = EFFORT[request.quality], rays_of(request)

    def render(self, rgba: Picture, depth: Picture, first: int) -> None:
        """Fill (N, 4) premultiplied scene-linear colour and (N,) depth of whole blocks from pixel number `first` on."""
        chosen = np.arange(first, first + len(rgba))
        count = self._rays[0]
        seen, places = self._look_in_parts(chosen, 0, count)
        rgba[:], depth[:] = mean_seen(seen, places)
        for last, limit in zip(self._rays[1:], (_DIFFER, _DIFFER_MUCH), strict=True):
            differ = (seen.max(axis=1) - seen.min(axis=1)).max(axis=1) > limit
            rough = np.repeat(np.logical_or.reduceat(differ, np.arange(0, len(differ), _BLOCK)), _BLOCK)[: len(differ)]
            chosen, seen, places = chosen[rough], seen[rough], places[rough]
            if not len(chosen):
                return
            if last == count:
                continue
            more, further = self._look_in_parts(chosen, count, last)
            seen, places = np.concatenate([seen, more], axis=1), np.concatenate([places, further], axis=1)
            rgba[chosen - first], depth[chosen - first] = mean_seen(seen, places)
            count = last

    def _look_in_parts(self, pixels: NDArray[np.int64], first: int, last: int) -> tuple[Picture, Picture]:
        """As `_look`, of any number of pixels in bounded memory."""
        together = max(tile_of(self._field) // (last - first), 1)
        parts = [self._look(pixels[at : at + together], first, last) for at in range(0, len(pixels), together)]
        lights, depths = zip(*parts, strict=True)
        return np.concatenate(lights), np.concatenate(depths)

    @torch.no_grad()
    def _look(self, pixels: NDArray[np.int64], first: int, last: int) -> tuple[Picture, Picture]:
        """What the rays from number `first` to before `last` of (N,) pixels see: light (N, R, 4) and depth (N, R)."""
        marched = march(self._field, self._cast(pixels, first, last), self._effort, crop=self._crop)
        colour, alpha, depth = (tensor.cpu().numpy() for tensor in View.seen(marched))
        shape = len(pixels), last - first
        return light(colour, alpha, self._stops, self._field.config.encoding).reshape(*shape, 4), depth.reshape(shape)

    def _cast(self, pixels: NDArray[np.int64], first: int, last: int) -> Rays:
        row, column = np.divmod(pixels, self._camera.width)
        number = np.arange(first, last)
        turn = _even(row, column)
        when = np.modf(bits_reversed(number) + turn[:, :1])[0].ravel()
        at = np.minimum((when * len(self._slices.times)).astype(np.int64), len(self._slices.times) - 1)
        place = np.repeat(np.stack([column, row], axis=1) + 0.5, len(number), axis=0)
        x, y = ((place - self._slices.middles[at]) / self._slices.scales[at]).T
        origins, directions = rays_through(self._camera.projection, x, -y, self._camera.widest)
        if self._aperture is not None:
            u, v = np.modf(number[:, None] * LENS_STEPS + turn[:, None, 1:])[0].reshape(-1, 2).T
            lens = np.pad(self._aperture.points(u, v), ((0, 0), (0, 1)))
            origins, directions = origins + lens, directions - lens / self._aperture.focus
        directions, blind = looking(directions)
        poses = self._slices.poses[at]
        origins = np.einsum("nij,nj->ni", poses[:, :3, :3], origins) + poses[:, :3, 3]
        directions = np.einsum("nij,nj->ni", poses[:, :3, :3], directions)
        rays = make_rays(self._field, *(self._tensor(array) for array in (origins, directions, self._slices.times[at])))
        near, far = (self._tensor(array[at]) for array in (self._slices.near, self._slices.far))
        rays = replace(rays, start=torch.maximum(rays.start, near), end=torch.minimum(rays.end, far))
        return without_blind(rays, blind)

    def _tensor(self, array: NDArray[np.float64]) -> torch.Tensor:
        return torch.as_tensor(array, dtype=torch.float32, device=self._field.low.device)


def instants_of(request: PlateRequest, count: int) -> list[Instant]:
    """Slices of the time for which the request's shutter is open, or the frame's one instant if it has none."""
    if request.shutter is not None:
        return slices(request.shutter, count)
    return [Instant(request.camera, request.field_to_scene, request.shot_frame)]


def _matrix(values: tuple[float, ...]) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64).reshape(4, 4)


def bits_reversed(number: NDArray[np.int64]) -> NDArray[np.float64]:
    """Van der Corput's sequence: the first 2, 4, 8 ... lie in as many equal parts of [0, 1)."""
    found = np.zeros(len(number))
    for bit in range(16):
        found += ((number >> bit) & 1) / 2.0 ** (bit + 1)
    return found


def _even(row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N, 3) in [0, 1): by how much the times and places on the lens of a pixel's rays are shifted.

    Pixels beside each other differ evenly (Jimenez 2014, Next generation post processing in Call of Duty, slide 123).
    """
    shifts = np.array([(0.0, 0.0), (47.0, 17.0), (13.0, 71.0)])
    along = (column[:, None] + shifts[:, 0]) * 0.06711056 + (row[:, None] + shifts[:, 1]) * 0.00583715
    return np.modf(52.9829189 * np.modf(along)[0])[0]


def mean_seen(seen: Picture, places: Picture) -> tuple[Picture, Picture]:
    """Mean light (N, 4) and median depth (N,) by alpha of rays' light (N, R, 4) and depth (N, R)."""
    rgba = seen.mean(axis=1, dtype=np.float64).astype(np.float32)
    order = np.argsort(places, axis=1, kind="stable")
    weight = np.take_along_axis(seen[..., 3], order, axis=1).cumsum(axis=1)
    half = (weight < weight[:, -1:] / 2).sum(axis=1, keepdims=True)
    middle = np.take_along_axis(places, np.take_along_axis(order, half, axis=1), axis=1)[:, 0]
    return rgba, np.where(rgba[:, 3] >= VISIBLE_ALPHA, middle, np.float32(EMPTY_DEPTH)).astype(np.float32)


def render_blurred_runs(field: Field, request: PlateRequest, runs: list[tuple[int, int]]) -> tuple[Picture, Picture]:
    """Some of a blurred plate's pixels; as `frame.render_runs`."""
    view, total = BlurredView(field, request), request.camera.width * request.camera.height
    found = []
    for first, last in runs:
        start, end = first // _BLOCK * _BLOCK, min(-(-last // _BLOCK) * _BLOCK, total)
        rgba, depth = np.empty((end - start, 4), np.float32), np.empty(end - start, np.float32)
        view.render(rgba, depth, start)
        found.append((rgba[first - start : last - start], depth[first - start : last - start]))
    rgbas, depths = zip(*found, strict=True)
    return np.concatenate(rgbas), np.concatenate(depths)
