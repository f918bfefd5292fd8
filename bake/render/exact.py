"""A picture of the field that is split at native surfaces, so that front over native over behind is exact.

A pixel of the whole is the mean of F + T N over its sub-samples: F is what of the field lies before the native
surface, T how much light passes there, N the native surface. Blender has the mean of N alone. F + mean(T) N is the same
wherever T and N are not correlated within a pixel. They are where one native surface ends before another and the field
lies between: there N is cut in two, and the nearer surface's colour is picked from a pixel nearby that it fills.

Only pixels in which native depth varies across the field's matter need sub-samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..contract.errors import Cancelled
from ..contract.messages import PixelFilter, Quality
from ..contract.plate import EMPTY_DEPTH
from ..field.model import Field
from .frame import EFFORT, ROUND_SECONDS, RenderedFrame, filmed_stops, finished, in_rounds, light, tile_of
from .march import march
from .native_scene import NativeScene
from .picking import picked
from .pixel_samples import NATIVE_PER_RAY, pixel_samples
from .sampling import Effort, Rays
from .splitting import split
from .view import Corner, View

Picture = NDArray[np.float32]

_SIDE = {Quality.PREVIEW: 2, Quality.STANDARD: 4, Quality.FINAL: 6}
"""Rays through a pixel that needs them, along an edge of their square."""
_MATTERS = 1 / 512
"""How much light the field has to stop between a pixel's nearest and farthest native surface for it to need more
rays, and by how much T must vary for the nearest surface to be picked: half of what eight bits can show."""
_MATTERS_WHERE_SMOOTH = 1 / 16
"""The same for pixels that one smooth surface fills: what varies evenly across a pixel, its middle shows as well."""
_BENT = 0.1
"""How far the middle of a smooth surface may lie off, as a share of what inverse depth varies by."""
_FLAT = 1e-5
"""Share by which native depths differ that count as the same."""
_AROUND = np.ones((3, 3), np.uint8)
_AT_ONCE = 2**19
"""Native surfaces looked up between two looks at whether to stop."""


@dataclass(frozen=True)
class Native:
    """Native surfaces, and how the render samples them; `world` as `messages.NativeSurfaces` has it."""

    scene: NativeScene
    pixel_filter: PixelFilter
    world: bool


@dataclass(frozen=True)
class Split:
    """What an exact plate has beside a plate; (H, W) float32 but for `front`, (H, W, 4). Layers as `contract.plate`."""

    front: Picture
    holdout: Picture
    visible: Picture
    coverage: Picture
    native: Picture
    pick_x: Picture
    pick_y: Picture


def render_exact(
    field: Field,
    camera: Camera,
    shot_frame: float,
    native: Native,
    *,
    field_to_scene: NDArray[np.float64] | None = None,
    quality: Quality = Quality.STANDARD,
    crop: tuple[Corner, Corner] | None = None,
    exposure: float = 0.0,
    exposure_of: float | None = None,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    round_seconds: float = ROUND_SECONDS,
) -> tuple[RenderedFrame, Split]:
    """Render the field, split at native surfaces; parameters and errors as `frame.render_frame`."""
    stops = np.float32(exposure) if exposure_of is None else exposure + filmed_stops(field, exposure_of)
    view, time = View(field, camera, field_to_scene, crop), field.normalised_time(shot_frame)
    depths = _depths(native, camera, should_stop)
    exact = _Exact(view, native, time, EFFORT[quality], _SIDE[quality], stops)
    tile = tile_of(field)

    places = np.stack([depths.first, depths.nearest, depths.farthest], axis=-1).reshape(-1, 3)
    whole, front, passed = (np.empty((len(places), channels), np.float32) for channels in (5, 4, 3))
    tasks = []
    for start in range(0, len(places), tile):
        own = slice(start, start + tile)
        tasks.append(partial(exact.look, start, places[own], whole[own], front[own], passed[own]))
    in_rounds(tasks, field, should_stop, _share(progress, 0.0, 0.5), round_seconds)
    encoding = field.config.encoding
    frame = finished(whole.reshape(camera.height, camera.width, 5), stops, encoding)
    front = light(front[:, :3], front[:, 3], stops, encoding)

    mixed = np.flatnonzero(depths.mixed(np.abs(passed[:, 1] - passed[:, 2])))
    colour, found = frame.rgba.reshape(-1, 4), np.zeros((len(mixed), 5), np.float32)
    tasks = []
    for start in range(0, len(mixed), max(tile // exact.rays_per_pixel, 1)):
        own = slice(start, start + max(tile // exact.rays_per_pixel, 1))
        tasks.append(partial(exact.look_closely, mixed[own], colour, front, found[own]))
    in_rounds(tasks, field, should_stop, _share(progress, 0.5, 1.0), round_seconds)
    return frame, _joined(depths, front, passed[:, 0], mixed, found, native.world)


def _joined(
    depths: _Depths, front: Picture, passed: Picture, mixed: NDArray[np.int64], found: Picture, world: bool
) -> Split:
    """The layers, from what single rays have found, and what many rays have found of the pixels `mixed`."""
    shape = depths.nearest.shape
    pick = picked(depths.middle, depths.nearest, depths.farthest, mixed, found, world)
    chosen = pick.found & (found[:, 1] > _MATTERS)
    holdout, visible = passed.copy(), np.zeros(front.shape[0], np.float32)
    coverage = (np.isfinite(depths.nearest) | world).astype(np.float32).ravel()
    holdout[mixed] = np.where(chosen, found[:, 0], found[:, 2])
    visible[mixed] = np.where(chosen, found[:, 1], 0)
    coverage[mixed] = found[:, 3]
    known = np.isfinite(depths.nearest)
    return Split(
        front=front.reshape(*shape, 4),
        holdout=holdout.reshape(shape),
        visible=visible.reshape(shape),
        coverage=coverage.reshape(shape),
        native=np.where(known, depths.nearest, np.float32(EMPTY_DEPTH)).astype(np.float32),
        pick_x=pick.x,
        pick_y=pick.y,
    )


def _share(progress: Callable[[float], None] | None, first: float, last: float) -> Callable[[float], None] | None:
    """Of a part of the work, told as of the whole."""
    return None if progress is None else lambda fraction: progress(first + (last - first) * fraction)


@dataclass(frozen=True)
class _Depths:
    """(H, W) native depth at pixel centres, the nearest and the farthest in a pixel and those around it, and whether
    these depths lie on one smooth surface."""

    middle: Picture
    nearest: Picture
    farthest: Picture
    smooth: NDArray[np.bool_]

    @property
    def first(self) -> Picture:
        """Depth at which a pixel is split if one ray will do."""
        return np.where(np.isfinite(self.middle), self.middle, self.nearest)

    def mixed(self, stopped: Picture) -> NDArray[np.bool_]:
        """(H, W), which pixels need more rays; `stopped` (H * W,): how much light ends between nearest and farthest."""
        varies = np.isfinite(self.nearest) & (self.farthest > self.nearest * (1 + _FLAT))
        around = cv2.dilate(stopped.reshape(self.nearest.shape), _AROUND)
        return np.asarray(varies & (around > np.where(self.smooth, _MATTERS_WHERE_SMOOTH, _MATTERS)))


def _depths(native: Native, camera: Camera, should_stop: Callable[[], bool] | None) -> _Depths:
    centres = _grid(native.scene, camera, 0.5, camera.width, camera.height, should_stop)
    corners = _grid(native.scene, camera, 0.0, camera.width + 1, camera.height + 1, should_stop)
    # Inverse depth is linear in the picture where a surface is plane.
    middle = 1 / centres
    four = [1 / corner for corner in (corners[1:, 1:], corners[1:, :-1], corners[:-1, 1:], corners[:-1, :-1])]
    most, least = np.maximum.reduce([middle, *four]), np.minimum.reduce([middle, *four])
    bent = cv2.dilate(np.abs(middle - sum(four) / 4), _AROUND)
    most, least = cv2.dilate(most, _AROUND), cv2.erode(least, _AROUND)
    with np.errstate(divide="ignore"):
        nearest, farthest = (np.asarray(1 / inverse, dtype=np.float32) for inverse in (most, least))
    return _Depths(centres, nearest, farthest, (least > 0) & (bent < _BENT * (most - least)))


def _grid(
    scene: NativeScene, camera: Camera, first: float, columns: int, rows: int, should_stop: Callable[[], bool] | None
) -> Picture:
    depths = np.empty((rows, columns), np.float32)
    together = max(_AT_ONCE // columns, 1)
    for start in range(0, rows, together):
        if should_stop is not None and should_stop():
            raise Cancelled
        own = depths[start : start + together]
        y, x = np.mgrid[: own.shape[0], :columns] + first
        own[:] = scene.depths(camera, x.ravel(), y.ravel() + start).reshape(own.shape)
    return depths


@dataclass(frozen=True)
class _Exact:
    """The work on a few pixels of an exact picture."""

    view: View
    native: Native
    time: float
    effort: Effort
    side: int
    stops: Picture | np.float32

    @property
    def rays_per_pixel(self) -> int:
        """Rays through a pixel that is looked at closely."""
        return self.side * self.side

    def look(self, first: int, places: Picture, whole: Picture, front: Picture, passed: Picture) -> None:
        """Pixels from number `first` on, one ray each.

        Parameters
        ----------
        places : (N, 3) float32
            Depths at which to split; what lies before the first is the front.
        whole : (N, 5), front : (N, 4), passed : (N, 3) float32
            Filled with the pixel as `View.render` has it, the front's encoded colour and alpha, and T at the places.
        """
        rays = self.view.rays(first, first + len(places), self.time)
        colour, alpha, depth, fronts, through = self._march(rays, places)
        whole[:] = np.concatenate([colour, alpha[:, None], depth[:, None]], axis=1)
        front[:] = np.concatenate([fronts[:, 0], 1 - through[:, :1]], axis=1)
        passed[:] = through

    def look_closely(self, pixels: NDArray[np.int64], colour: Picture, front: Picture, found: Picture) -> None:
        """Pixels by their numbers, many rays each.

        Parameters
        ----------
        colour, front : (H * W, 4) float32
            Pictures in which the pixels are replaced, scene-linear.
        found : (N, 5) float32
            Filled with the least T, the mean of what T has beyond it, the mean T of native surfaces, coverage, and the
            mean inverse depth of what is seen beyond the least T.
        """
        camera, each, encoding = self.view.camera, self.rays_per_pixel, self.view.field.config.encoding
        offsets, surfaces = pixel_samples(self.native.pixel_filter, self.side)
        row, column = np.divmod(pixels, camera.width)
        corner = np.stack([column, row], axis=-1) + 0.5
        at = (corner[:, None, None] + surfaces).reshape(-1, 2)
        depths = self.native.scene.depths(camera, at[:, 0], at[:, 1]).reshape(-1, NATIVE_PER_RAY)
        through = (corner[:, None] + offsets).reshape(-1, 2)
        rays = self.view.rays_at(through[:, 0], through[:, 1], self.time)
        whole, alpha, _, fronts, passed = self._march(rays, depths)
        colour[pixels] = light(whole, alpha, self.stops, encoding).reshape(-1, each, 4).mean(axis=1)
        fronts = light(fronts, 1 - passed, self.stops, encoding)
        front[pixels] = fronts.reshape(-1, each * NATIVE_PER_RAY, 4).mean(axis=1)
        found[:] = _summed(depths.reshape(len(pixels), -1), passed.reshape(len(pixels), -1), self.native.world)

    def _march(self, rays: Rays, places: Picture) -> tuple[Picture, ...]:
        """Encoded colour (R, 3), alpha (R,), depth (R,) of whole rays; colour (R, M, 3) and T (R, M) up to places."""
        view = self.view
        with torch.no_grad():
            seen = march(view.field, rays, self.effort, crop=view.crop)
            colour, alpha, depth = view.seen(seen)
            fronts, passed = split(seen, torch.as_tensor(places, device=colour.device))
            if seen.sky is not None and not self.native.world:
                # Where nothing native is, the sky stands before it.
                open_air = torch.as_tensor(np.isinf(places), device=colour.device)
                fronts = torch.where(open_air[..., None], colour[:, None], fronts)
                passed = torch.where(open_air, 0.0, passed)
        return tuple(tensor.cpu().numpy() for tensor in (colour, alpha, depth, fronts, passed))


def _summed(depths: Picture, passed: Picture, world: bool) -> Picture:
    """(N, 5) as `_Exact.look_closely` fills them, from sub-samples (N, S)."""
    covered = np.isfinite(depths) | world
    coverage = covered.mean(axis=1)
    least = np.where(covered, passed, 1).min(axis=1)
    beyond = np.where(covered, passed - least[:, None], 0)
    inverse = (beyond / depths).sum(axis=1) / np.maximum(beyond.sum(axis=1), 1e-9)
    counted = np.where(covered.any(axis=1, keepdims=True), covered, True)
    mean = np.where(counted, passed, 0).sum(axis=1) / counted.sum(axis=1)
    return np.stack([least, beyond.mean(axis=1), mean, coverage, inverse], axis=1).astype(np.float32)
