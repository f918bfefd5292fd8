"""One picture of the field through one camera at one instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.camera import Camera, LensModel, Projection
from ..contract.errors import Cancelled, UserError
from ..contract.messages import PlateRequest, Quality
from ..contract.plate import EMPTY_DEPTH, VISIBLE_ALPHA
from ..device.threads import cores, run_together
from ..field.model import Field
from ..footage.colour import srgb_to_linear
from ..footage.lens import ray_directions
from .march import make_rays, march
from .sampling import Effort, Rays

Corner = tuple[float, float, float]
_EFFORT = {Quality.PREVIEW: Effort(96, 12), Quality.STANDARD: Effort(160, 24), Quality.FINAL: Effort(384, 96)}
_TILE = {"cpu": 2048, "cuda": 2**15}
"""Rays that are rendered as one, on any machine with any number of cores: sums may depend on it in their last bits,
and a farm wants the same bits everywhere."""
ROUND_SECONDS = 0.2
"""How long a round of tiles should take; between rounds a picture can be stopped and tells how far it is."""


@dataclass(frozen=True)
class RenderedFrame:
    """A picture and its depth.

    rgba : (H, W, 4) float32, premultiplied, scene-linear Rec.709, row 0 on top.
    depth : (H, W) float32, median planar depth in scene units; EMPTY_DEPTH where there is nothing to see.
    """

    rgba: NDArray[np.float32]
    depth: NDArray[np.float32]


def render_frame(
    field: Field,
    camera: Camera,
    shot_frame: float,
    *,
    field_to_scene: NDArray[np.float64] | None = None,
    quality: Quality = Quality.STANDARD,
    crop: tuple[Corner, Corner] | None = None,
    exposure: float = 0.0,
    exposure_of: float | None = None,
    stream: int = 0,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    round_seconds: float = ROUND_SECONDS,
) -> RenderedFrame:
    """Render the field.

    Parameters
    ----------
    camera : Camera
        In scene space.
    field_to_scene : (4, 4) float64
        Places capture space in the scene; any invertible affine map. None: capture space is the scene.
    crop : two corners
        Box in capture space outside which nothing is shown.
    exposure : float
        Stops, applied to scene-linear colour.
    exposure_of : float or None
        Shot frame of the footage whose exposure the picture gets; None for the neutral one.
    stream : int
        The footage's camera of which that frame is.
    round_seconds : float
        How often, about, `should_stop` and `progress` are called.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    UserError
        If `field_to_scene` flattens the field, or the field does not know how its footage was exposed.
    """
    stops = np.float32(exposure) if exposure_of is None else exposure + filmed_stops(field, exposure_of, stream)
    view = _View(field, camera, field_to_scene, crop)
    time = field.normalised_time(shot_frame)
    total = camera.width * camera.height
    picture = np.empty((total, 5), dtype=np.float32)
    tile = _TILE[field.low.device.type]
    starts = range(0, total, tile)
    # A GPU shares out its own work.
    together = fewest = cores() if field.low.device.type == "cpu" else 1
    done = 0
    while done < len(starts):
        if should_stop is not None and should_stop():
            raise Cancelled
        began = perf_counter()
        batch = starts[done : done + together]
        run_together([partial(view.render, picture[a : a + tile], a, time, _EFFORT[quality]) for a in batch])
        done += len(batch)
        # Rays differ much in cost, so the next round may grow, but not by far.
        pace = round_seconds / max(perf_counter() - began, 1e-6)
        together = max(int(together * min(pace, 2.0)), fewest)
        if progress is not None:
            progress(min(done * tile, total) / total)
    return _finished(picture.reshape(camera.height, camera.width, 5), stops)


def render_runs(
    field: Field, request: PlateRequest, runs: list[tuple[int, int]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Some of a plate's pixels, as `render_frame` makes them.

    Parameters
    ----------
    runs : list of (first, behind the last)
        Numbers of neighbouring pixels, counted row by row from the top left.

    Returns
    -------
    rgba : (N, 4) float32, depth : (N,) float32
        As in a `RenderedFrame`, run after run.
    """
    filmed = 0.0 if request.exposure_of is None else filmed_stops(field, request.exposure_of)
    to_scene = np.asarray(request.field_to_scene, dtype=np.float64).reshape(4, 4)
    view = _View(field, request.camera, to_scene, request.crop)
    time = field.normalised_time(request.shot_frame)
    picture = np.empty((sum(last - first for first, last in runs), 5), dtype=np.float32)
    at = 0
    for first, last in runs:
        view.render(picture[at : at + last - first], first, time, _EFFORT[request.quality])
        at += last - first
    frame = _finished(picture[None], np.asarray(request.exposure + filmed, dtype=np.float32))
    return frame.rgba[0], frame.depth[0]


def filmed_stops(field: Field, shot_frame: float, stream: int = 0) -> NDArray[np.float32]:
    """(3,) stops by which the footage was exposed at an instant.

    Raises
    ------
    UserError
        If the field does not know.
    """
    if field.exposures is None:
        raise UserError(
            "This field does not know how its footage was exposed.",
            "Choose the neutral exposure, or bake the shot again with sensor conditioning.",
        )
    return field.exposures.at(shot_frame, stream)


def _finished(picture: NDArray[np.float32], stops: NDArray[np.float32] | np.float32) -> RenderedFrame:
    """From (H, W, 5) premultiplied encoded colour, alpha and depth to what leaves the worker, exposed by (3,) stops."""
    alpha = np.clip(picture[..., 3:4], 0, 1)
    straight = picture[..., :3] / np.maximum(alpha, 1e-6)
    linear = srgb_to_linear(np.clip(straight, 0, 1)) * alpha * np.exp2(stops, dtype=np.float32)
    depth = np.where(alpha[..., 0] >= VISIBLE_ALPHA, picture[..., 4], np.float32(EMPTY_DEPTH)).astype(np.float32)
    return RenderedFrame(np.concatenate([linear, alpha], axis=-1).astype(np.float32), depth)


class _View:
    """The rays of a picture, made where they are needed: all at once a large picture has no room."""

    def __init__(
        self,
        field: Field,
        camera: Camera,
        field_to_scene: NDArray[np.float64] | None,
        crop: tuple[Corner, Corner] | None,
    ) -> None:
        self._field, self._camera = field, camera
        back: NDArray[np.float64] = np.eye(4)
        if field_to_scene is not None:
            if abs(np.linalg.det(field_to_scene[:3, :3])) < 1e-18:
                raise UserError("The field object is scaled to nothing.", "Give it a scale other than zero.")
            back = np.asarray(np.linalg.inv(field_to_scene), dtype=np.float64)
        self._pose: NDArray[np.float64] = back @ camera.camera_to_world
        self._plain = camera.projection is Projection.ORTHOGRAPHIC or camera.lens.model is LensModel.NONE
        low, high = crop if crop is not None else ((0.0,) * 3, (0.0,) * 3)
        self._crop = None if crop is None else (self._tensor(np.array(low)), self._tensor(np.array(high)))

    @torch.no_grad()
    def render(self, pixels: NDArray[np.float32], first: int, time: float, effort: Effort) -> None:
        """Fill (N, 5), pixels from number `first` on: premultiplied encoded colour, alpha, median planar depth."""
        seen = march(self._field, self.rays(first, first + len(pixels), time), effort, crop=self._crop)
        colour, alpha, depth = seen.over(0.0), seen.alpha, seen.depth
        if seen.sky is not None:
            depth = torch.where(alpha >= 0.5, depth, EMPTY_DEPTH)
            alpha = torch.ones_like(alpha)
        pixels[:] = torch.cat([colour, alpha[:, None], depth[:, None]], dim=-1).cpu().numpy()

    def rays(self, first: int, last: int, time: float) -> Rays:
        """Rays of the pixels from `first` to before `last`, row by row; the ray parameter is planar depth."""
        origins, directions = (local @ self._pose[:3, :3].T for local in self._local(first, last))
        times = torch.full((last - first,), time, device=self._field.low.device)
        rays = make_rays(self._field, self._tensor(origins + self._pose[:3, 3]), self._tensor(directions), times)
        return replace(rays, start=rays.start.clamp(min=self._camera.near), end=rays.end.clamp(max=self._camera.far))

    def _local(self, first: int, last: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Origins and directions in camera space, (N, 3) both."""
        camera = self._camera
        if not self._plain:
            directions = ray_directions(camera).reshape(-1, 3)[first:last].astype(np.float64)
            return np.zeros_like(directions), directions
        row, column = np.divmod(np.arange(first, last), camera.width)
        x, y = (column + 0.5 - camera.cx) / camera.fx, -(row + 0.5 - camera.cy) / camera.fy
        across, ahead = np.stack([x, y, np.zeros_like(x)], axis=1), np.broadcast_to([0.0, 0.0, -1.0], (len(x), 3))
        if camera.projection is Projection.ORTHOGRAPHIC:
            return across, ahead
        return np.zeros_like(across), across + ahead

    def _tensor(self, array: NDArray[np.float64]) -> torch.Tensor:
        return torch.as_tensor(array, dtype=torch.float32, device=self._field.low.device)
