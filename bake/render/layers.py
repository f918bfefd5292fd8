"""The layers of a plate: what of a picture compositors in other software need beside colour and depth.

They are made from the picture's depth, after it: for each pixel one point, at its median depth.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..contract.camera import Camera, LensModel, Projection
from ..contract.cryptomatte import header, name_number
from ..contract.errors import UserError
from ..contract.field_file import FieldHeader, FootageCameras, read_cameras
from ..contract.instant import Instant
from ..contract.plate import EMPTY_DEPTH, VISIBLE_ALPHA
from ..contract.plate_layers import (
    MOTION_MATTE,
    MOVING_NAME,
    OBJECT_MATTE,
    STILL_NAME,
    Layer,
    PlateLayers,
    channels_of,
)
from ..field.model import Field
from ..field.space import from_unit_cube
from .confidence import Confidence
from .following import follow
from .frame import ROUND_SECONDS, in_rounds, tile_of
from .normals import normals
from .view import View

Picture = NDArray[np.float32]
Channels = dict[str, Picture]

STILL, MOVES = 0.02, 0.06
"""Edges of the bounds a second: what is slower stands still, as names of what stands still wander by that much; what is
faster moves; in between it does in part."""
_SKY = 1e4
"""Edges of the bounds to what is infinitely far."""


@dataclass(frozen=True)
class Layers:
    """What a plate has beside a plate.

    channels : by name in the file, (H, W) float32. `Moving` and `Confidence` are times alpha; where nothing is seen,
        and where the sky is, position and normal are 0.
    header : attributes of the file's header: what is in mattes, and OpenEXR's `worldToCamera`, of row vectors.
    """

    channels: Channels
    header: dict[str, Any]


def make_layers(
    field: Field,
    about: FieldHeader,
    seen: Instant,
    wanted: PlateLayers,
    rgba: Picture,
    depth: Picture,
    footage: FootageCameras | None = None,
    should_stop: Callable[[], bool] | None = None,
    round_seconds: float = ROUND_SECONDS,
) -> Layers:
    """Layers of a picture.

    Parameters
    ----------
    about : FieldHeader
        Of the field.
    seen : Instant
        What the picture shows.
    rgba, depth : (H, W, 4), (H, W) float32
        The picture: premultiplied colour, and median planar depth.
    footage : FootageCameras or None
        What confidence goes by; None: nobody has looked.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    UserError
        If the camera's lens distorts.
    """
    found = fill_pixels(
        field, about, seen, wanted, np.arange(depth.size), rgba, depth, footage, should_stop, round_seconds
    )
    told: dict[str, Any] = {"worldToCamera": np.linalg.inv(seen.camera.camera_to_world).T.astype(np.float32)}
    if Layer.MATTES in wanted.kinds:
        told |= header(OBJECT_MATTE, [wanted.name]) | header(MOTION_MATTE, [MOVING_NAME, STILL_NAME])
    return Layers({name: values.reshape(depth.shape) for name, values in found.items()}, told)


def fill_pixels(
    field: Field,
    about: FieldHeader,
    seen: Instant,
    wanted: PlateLayers,
    pixels: NDArray[np.int64],
    rgba: Picture,
    depth: Picture,
    footage: FootageCameras | None = None,
    should_stop: Callable[[], bool] | None = None,
    round_seconds: float = ROUND_SECONDS,
) -> Channels:
    """Channels of some pixels, numbered row by row from the top left: (N,) float32 each; else as `make_layers`."""
    if any(camera.lens.model is not LensModel.NONE for camera in _cameras(seen, wanted)):
        raise UserError("A camera whose lens distorts has no layers.", "Render the field through one without a lens.")
    work = _Work(field, about, seen, wanted, footage)
    alpha, far = rgba[..., 3].reshape(-1)[pixels], depth.reshape(-1)[pixels]
    places = np.flatnonzero(alpha >= VISIBLE_ALPHA)
    channels = {name: np.zeros(len(pixels), np.float32) for name in channels_of(wanted.kinds)}
    tile = tile_of(field)
    tasks = []
    for first in range(0, len(places), tile):
        own = places[first : first + tile]
        tasks.append(partial(work.fill, pixels[own], alpha[own], far[own], own, channels))
    in_rounds(tasks, field, should_stop, None, round_seconds)
    return channels


def footage_of(file: Path, wanted: PlateLayers) -> FootageCameras | None:
    """What confidence goes by, of a field's file; None where nobody asks, or the file does not know."""
    if Layer.CONFIDENCE not in wanted.kinds:
        return None
    with suppress(UserError):
        return read_cameras(file)
    return None


def _cameras(seen: Instant, wanted: PlateLayers) -> list[Camera]:
    return [moment.camera for moment in (seen, wanted.before, wanted.after) if moment is not None]


class _Work:
    """What is the same for all pixels of a picture."""

    def __init__(
        self, field: Field, about: FieldHeader, seen: Instant, wanted: PlateLayers, footage: FootageCameras | None
    ) -> None:
        self._field, self._about, self._seen, self._wanted = field, about, seen, wanted
        self._time = field.normalised_time(seen.shot_frame)
        self._to_scene = _matrix(seen)
        self._view = View(field, seen.camera, self._to_scene, None)
        self._confidence = None
        if footage is not None:
            self._confidence = Confidence(footage, about.fps, seen.shot_frame, field.low.device)

    @torch.no_grad()
    def fill(
        self, pixels: NDArray[np.int64], alpha: Picture, depth: Picture, places: NDArray[np.int64], channels: Channels
    ) -> None:
        """Fill `places` of the channels from pixels with these numbers, alpha and depth, (N,) all."""
        row, column = np.divmod(pixels, self._seen.camera.width)
        rays = self._view.rays_at(column + 0.5, row + 0.5, self._time)
        sky = torch.as_tensor(depth >= EMPTY_DEPTH, device=rays.origins.device)
        length = rays.directions.norm(dim=-1)
        along = torch.as_tensor(depth, device=length.device)
        along = torch.where(sky, _SKY * self._field.unit_length / length, along)
        points = _Points(self._field, rays.origins + rays.directions * along[:, None], sky, self._time)
        towards = rays.directions / length[:, None]
        values: dict[Layer, np.ndarray] = {}
        kinds, solid = self._wanted.kinds, (depth < EMPTY_DEPTH)[:, None]
        if Layer.POSITION in kinds:
            values[Layer.POSITION] = _moved(self._to_scene, points.now) * solid
        if Layer.NORMAL in kinds:
            values[Layer.NORMAL] = self._facing(points.now, towards) * solid
        if Layer.VECTOR in kinds:
            values[Layer.VECTOR] = self._vectors(points)
        if Layer.MATTES in kinds or Layer.CONFIDENCE in kinds:
            moving = self._moving(points)
            if Layer.MATTES in kinds:
                values[Layer.MATTES] = _mattes(self._wanted.name, alpha, moving.cpu().numpy() * alpha)
            if Layer.CONFIDENCE in kinds:
                values[Layer.CONFIDENCE] = (self._known(points.now, towards, moving) * alpha)[:, None]
        for kind, found in values.items():
            for name, one in zip(channels_of((kind,)), found.T, strict=True):
                channels[name][places] = one

    def _facing(self, points: Tensor, towards: Tensor) -> np.ndarray:
        """(N, 3) normals in scene space, none of them turned away from who looks along (N, 3) `towards`."""
        found = normals(self._field, points, self._time).double().cpu().numpy()
        linear = self._to_scene[:3, :3]
        found = _unit(found @ np.linalg.inv(linear))
        looks = _unit(towards.double().cpu().numpy() @ linear.T)
        away = np.maximum((found * looks).sum(axis=1, keepdims=True), 0)
        return _unit(found - away * looks)

    def _vectors(self, points: _Points) -> np.ndarray:
        """(N, 4) as `contract.plate_layers.VECTOR_CHANNELS`."""
        now, _ = self._seen.camera.project(_moved(self._to_scene, points.now))
        found = []
        for moment, sign in ((self._wanted.before, 1.0), (self._wanted.after, -1.0)):
            if moment is None:
                found.append(np.zeros_like(now))
                continue
            then = points.at(self._field.normalised_time(moment.shot_frame))
            place, depth = moment.camera.project(_moved(_matrix(moment), then))
            ahead = (depth > 0) | (moment.camera.projection is Projection.ORTHOGRAPHIC)
            found.append(np.where(ahead[:, None], sign * (place - now), 0.0) * (1.0, -1.0))
        return np.concatenate(found, axis=1)

    def _moving(self, points: _Points) -> Tensor:
        """(N,) in [0, 1]: by how fast a point is on its slower side, a shot frame before and behind."""
        speeds = []
        for step in (-1.0, 1.0):
            frame = min(max(self._seen.shot_frame + step, self._about.first_frame), self._about.last_frame)
            seconds = abs(frame - self._seen.shot_frame) / self._about.fps
            if seconds > 0:
                way = (points.at(self._field.normalised_time(frame)) - points.now).norm(dim=-1)
                speeds.append(way / (seconds * self._field.unit_length))
        if not speeds:
            return torch.zeros(len(points.now), device=points.now.device)
        return ((torch.stack(speeds).amin(dim=0) - STILL) / (MOVES - STILL)).clamp(0, 1)

    def _known(self, points: Tensor, towards: Tensor, moving: Tensor) -> np.ndarray:
        if self._confidence is None:
            return np.zeros(len(points))
        return np.asarray(self._confidence.of(points, towards, moving).cpu().numpy())


class _Points:
    """Points (N, 3) of matter at an instant in [0, 1], capture space, and where they are at others; the sky stays."""

    def __init__(self, field: Field, now: Tensor, sky: Tensor, time: float) -> None:
        self.now = now
        self._field, self._sky, self._time = field, sky, time
        self._found = {time: now}

    def at(self, time: float) -> Tensor:
        """Where they are at another instant."""
        if time not in self._found:
            unit, _ = self._field.to_unit(self.now)
            then = follow(self._field, unit, self._time, time)
            # By how far they moved: from and to the cube costs digits that a still point must not lose.
            moved = self.now + self._from_unit(then) - self._from_unit(unit)
            self._found[time] = torch.where(self._sky[:, None], self.now, moved)
        return self._found[time]

    def _from_unit(self, unit: Tensor) -> Tensor:
        return from_unit_cube(unit, self._field.low, self._field.high, self._field.config.opaque)


def _mattes(name: str, share: np.ndarray, moving: np.ndarray) -> np.ndarray:
    """(N, 9): what moves, the object's rank and an empty one, and what moves and stands still, the larger first."""
    none = np.zeros_like(share)
    still = np.maximum(share - moving, 0)
    mover, stander = name_number(MOVING_NAME), name_number(STILL_NAME)
    first = moving >= still
    larger, smaller = np.maximum(moving, still), np.minimum(moving, still)
    ranks = [np.where(first, mover, stander), larger, np.where(first, stander, mover) * (smaller > 0), smaller]
    return np.stack([moving, np.full_like(share, name_number(name)), share, none, none, *ranks], axis=1)


def _matrix(moment: Instant) -> NDArray[np.float64]:
    return np.asarray(moment.field_to_scene, dtype=np.float64).reshape(4, 4)


def _moved(matrix: NDArray[np.float64], points: Tensor) -> NDArray[np.float64]:
    """(N, 3) in another space."""
    return np.asarray(points.double().cpu().numpy() @ matrix[:3, :3].T + matrix[:3, 3])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-20))
