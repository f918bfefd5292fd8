"""An exact picture through an open shutter and an open lens: the mean of sharp ones, each at an instant of its own.

Native surfaces stand where they stand at the frame, whatever the instant: where the camera or the field moves, or the
lens is open, the split is right at each instant; where a native thing itself moves, it is where that is at the frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..contract.camera import Camera
from ..contract.messages import PlateRequest, Quality
from ..contract.shutter import Aperture
from ..field.model import Field
from .blurring import LENS_STEPS, bits_reversed, instants_of, mean_seen
from .exact import Native, Split, render_exact
from .frame import ROUND_SECONDS, RenderedFrame

PICTURES = {Quality.PREVIEW: 4, Quality.STANDARD: 16, Quality.FINAL: 48}


def render_exact_blurred(
    field: Field,
    request: PlateRequest,
    native: Native,
    *,
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
    round_seconds: float = ROUND_SECONDS,
) -> tuple[RenderedFrame, Split]:
    """Render the plate of a request with a shutter or an aperture; all else as `exact.render_exact`."""
    count = PICTURES[request.quality]
    instants = instants_of(request, count)
    order = np.argsort(bits_reversed(np.arange(count)), kind="stable")
    frames, splits = [], []
    for number in range(count):
        instant = instants[number % len(instants)]
        camera = instant.camera
        if request.aperture is not None:
            camera = _through_lens(camera, request.aperture, int(order[number]))
        frame, split = render_exact(
            field,
            camera,
            instant.shot_frame,
            native,
            field_to_scene=np.asarray(instant.field_to_scene, dtype=np.float64).reshape(4, 4),
            quality=request.quality,
            crop=request.crop,
            exposure=request.exposure,
            exposure_of=request.exposure_of,
            should_stop=should_stop,
            round_seconds=round_seconds,
        )
        frames.append(frame)
        splits.append(split)
        if progress is not None:
            progress((number + 1) / count)
    return _mean_frame(frames), _mean_split(splits)


def _through_lens(camera: Camera, aperture: Aperture, number: int) -> Camera:
    """The perspective camera that sees through one place of the lens: beside the first, and sharp where that is."""
    u, v = np.modf(number * LENS_STEPS + 0.5)[0]
    right, up = aperture.points(np.array([u]), np.array([v]))[0]
    matrix = camera.camera_to_world.copy()
    matrix[:3, 3] += matrix[:3, :2] @ (right, up)
    return replace(
        camera,
        cx=camera.cx + camera.fx * float(right) / aperture.focus,
        cy=camera.cy - camera.fy * float(up) / aperture.focus,
        matrix=tuple(matrix.ravel().tolist()),
    )


def _mean_frame(frames: list[RenderedFrame]) -> RenderedFrame:
    seen = np.stack([frame.rgba.reshape(-1, 4) for frame in frames], axis=1)
    places = np.stack([frame.depth.ravel() for frame in frames], axis=1)
    rgba, depth = mean_seen(seen, places)
    return RenderedFrame(rgba.reshape(frames[0].rgba.shape), depth.reshape(frames[0].depth.shape))


def _mean_split(splits: list[Split]) -> Split:
    """Of a render that is a mean over the same instants there is one colour: no nearer surface is picked out of it."""
    coverage = _stacked(splits, "coverage")
    covered = coverage.mean(axis=0)
    # Of the picked surface's light all is in the one colour there is now.
    passed = _stacked(splits, "holdout") + _stacked(splits, "visible") / np.maximum(coverage, 1e-6)
    among = (passed * coverage).mean(axis=0) / np.maximum(covered, 1e-6)
    return Split(
        front=_stacked(splits, "front").mean(axis=0).astype(np.float32),
        holdout=np.where(covered > 0, among, passed.mean(axis=0)).astype(np.float32),
        visible=np.zeros_like(splits[0].visible),
        coverage=covered.astype(np.float32),
        native=_stacked(splits, "native").min(axis=0).astype(np.float32),
        pick_x=_own_place(splits[0].pick_x.shape)[0],
        pick_y=_own_place(splits[0].pick_y.shape)[1],
    )


def _stacked(splits: list[Split], name: str) -> NDArray[np.float64]:
    return np.stack([getattr(split, name) for split in splits]).astype(np.float64)


def _own_place(shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Each pixel's own place in the picture, from 0 to 1 from its bottom left."""
    y, x = (np.mgrid[: shape[0], : shape[1]] + 0.5).astype(np.float32)
    return x / np.float32(shape[1]), 1 - y / np.float32(shape[0])
