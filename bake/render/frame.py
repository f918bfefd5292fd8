"""One picture of the field through one camera at one instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..contract.colour import Encoding
from ..contract.errors import Cancelled, UserError
from ..contract.messages import PlateRequest, Quality
from ..contract.plate import EMPTY_DEPTH, VISIBLE_ALPHA
from ..device.threads import cores, run_together
from ..field.model import Field
from .sampling import Effort
from .view import Corner, View

_SOLID = 1e-5
"""Less gave no better pictures, and more gave holes (`tests/render/test_sampling.py`)."""
EFFORT = {
    Quality.PREVIEW: Effort(96, 12, _SOLID),
    Quality.STANDARD: Effort(160, 24, _SOLID),
    Quality.FINAL: Effort(384, 96, _SOLID),
}
TILE = {"cpu": 2048, "cuda": 2**15}
"""Rays that are rendered as one, on any machine with any number of cores: sums may depend on it in their last bits,
and a farm wants the same bits everywhere."""
_ON_GPU = 2**20
"""Rays that a GPU is given at once; what each sees does not depend on it."""
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
    view = View(field, camera, field_to_scene, crop)
    return render_view(view, shot_frame, quality, exposure, exposure_of, stream, should_stop, progress, round_seconds)


def render_view(
    view: View,
    shot_frame: float,
    quality: Quality,
    exposure: float,
    exposure_of: float | None,
    stream: int = 0,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    round_seconds: float = ROUND_SECONDS,
) -> RenderedFrame:
    """Render the rays of a view; parameters and errors as those of `render_frame`."""
    field, camera = view.field, view.camera
    stops = stops_of(field, exposure, exposure_of, stream)
    time = field.normalised_time(shot_frame)
    total = camera.width * camera.height
    if view.on_gpu:
        return _render_on_gpu(view, time, EFFORT[quality], stops, should_stop, progress)
    picture = np.empty((total, 5), dtype=np.float32)
    tile = tile_of(field)
    tasks = [
        partial(view.render, picture[first : first + tile], first, time, EFFORT[quality])
        for first in range(0, total, tile)
    ]
    in_rounds(tasks, field, should_stop, progress, round_seconds)
    return finished(picture.reshape(camera.height, camera.width, 5), stops, field.config.encoding)


def _render_on_gpu(
    view: View,
    time: float,
    effort: Effort,
    stops: NDArray[np.float32] | np.float32,
    should_stop: Callable[[], bool] | None,
    progress: Callable[[float], None] | None,
) -> RenderedFrame:
    """The picture is developed where it was made: handing it over takes longer than much of that."""
    from .picture_triton import developed

    camera, cuda = view.camera, view.field.low.device.type == "cuda"
    total = camera.width * camera.height
    rgba, depth = (torch.empty(total, width, pin_memory=cuda) for width in (4, 1))
    for first in range(0, total, _ON_GPU):
        if should_stop is not None and should_stop():
            raise Cancelled
        last = min(first + _ON_GPU, total)
        part = developed(view.look(first, last, time, effort), stops, view.field.config.encoding)
        rgba[first:last].copy_(part[0], non_blocking=True)
        depth[first:last, 0].copy_(part[1], non_blocking=True)
        if progress is not None:
            progress(last / total)
    if cuda:
        torch.cuda.current_stream().synchronize()
    shape = camera.height, camera.width
    return RenderedFrame(rgba.numpy().reshape(*shape, 4), depth.numpy().reshape(shape))


def render_runs(
    field: Field, request: PlateRequest, runs: list[tuple[int, int]], view: View | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Some of a plate's pixels, as `render_frame` makes them.

    Parameters
    ----------
    runs : list of (first, behind the last)
        Numbers of neighbouring pixels, counted row by row from the top left.
    view : View or None
        Casts the rays; None for the camera's own.

    Returns
    -------
    rgba : (N, 4) float32, depth : (N,) float32
        As in a `RenderedFrame`, run after run.
    """
    filmed = 0.0 if request.exposure_of is None else filmed_stops(field, request.exposure_of)
    to_scene = np.asarray(request.field_to_scene, dtype=np.float64).reshape(4, 4)
    view = View(field, request.camera, to_scene, request.crop) if view is None else view
    time = field.normalised_time(request.shot_frame)
    picture = np.empty((sum(last - first for first, last in runs), 5), dtype=np.float32)
    at = 0
    for first, last in runs:
        view.render(picture[at : at + last - first], first, time, EFFORT[request.quality])
        at += last - first
    frame = finished(picture[None], np.asarray(request.exposure + filmed, dtype=np.float32), field.config.encoding)
    return frame.rgba[0], frame.depth[0]


def stops_of(
    field: Field, exposure: float, exposure_of: float | None, stream: int = 0
) -> NDArray[np.float32] | np.float32:
    """Stops by which a picture is exposed, one for all channels or (3,); parameters and errors as `render_frame`."""
    return np.float32(exposure) if exposure_of is None else exposure + filmed_stops(field, exposure_of, stream)


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


def tile_of(field: Field) -> int:
    """How many of a field's rays are rendered as one: more where each gets fewer samples."""
    return TILE[field.low.device.type] * max(round(1 / field.config.samples_share), 1)


def in_rounds(
    tasks: Sequence[Callable[[], None]],
    field: Field,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    round_seconds: float = ROUND_SECONDS,
) -> None:
    """Run tasks, some at a time, looking up and telling what share is done in between; parameters as `render_frame`.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    # A GPU shares out its own work.
    together = fewest = cores() if field.low.device.type == "cpu" else 1
    done = 0
    while done < len(tasks):
        if should_stop is not None and should_stop():
            raise Cancelled
        began = perf_counter()
        batch = tasks[done : done + together]
        run_together(batch)
        done += len(batch)
        # Rays differ much in cost, so the next round may grow, but not by far.
        pace = round_seconds / max(perf_counter() - began, 1e-6)
        together = max(int(together * min(pace, 2.0)), fewest)
        if progress is not None:
            progress(done / len(tasks))


def finished(
    picture: NDArray[np.float32], stops: NDArray[np.float32] | np.float32, encoding: Encoding
) -> RenderedFrame:
    """From (H, W, 5) premultiplied encoded colour, alpha and depth to what leaves the worker, exposed by (3,) stops."""
    rgba = light(picture[..., :3], picture[..., 3], stops, encoding)
    depth = np.where(rgba[..., 3] >= VISIBLE_ALPHA, picture[..., 4], np.float32(EMPTY_DEPTH)).astype(np.float32)
    return RenderedFrame(rgba, depth)


def light(
    colour: NDArray[np.float32],
    alpha: NDArray[np.float32],
    stops: NDArray[np.float32] | np.float32,
    encoding: Encoding,
) -> NDArray[np.float32]:
    """From (..., 3) premultiplied encoded colour and (...) alpha to (..., 4) scene-linear, exposed by (3,) stops."""
    alpha = np.clip(alpha[..., None], 0, 1)
    straight = np.asarray(colour / np.maximum(alpha, 1e-6), dtype=np.float32)
    linear = encoding.to_rec709(encoding.light(straight) * alpha * np.exp2(stops, dtype=np.float32))
    return np.concatenate([linear, alpha], axis=-1).astype(np.float32)
