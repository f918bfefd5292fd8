"""One picture of the field through one camera at one instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..contract.camera import Camera, Projection
from ..contract.errors import Cancelled, UserError
from ..contract.messages import Quality
from ..contract.plate import EMPTY_DEPTH
from ..field.model import Field
from ..footage.lens import ray_directions
from .images import srgb_to_linear
from .march import march, ray_spans

Corner = tuple[float, float, float]
_SAMPLES = {Quality.PREVIEW: 64, Quality.STANDARD: 160, Quality.FINAL: 384}
_POINTS_AT_ONCE = 2**20


@dataclass(frozen=True)
class RenderedFrame:
    """A picture and its depth.

    rgba : (H, W, 4) float32, premultiplied, scene-linear Rec.709, row 0 on top.
    depth : (H, W) float32, median planar depth in scene units; EMPTY_DEPTH where alpha is below one half.
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
    should_stop: Callable[[], bool] | None = None,
    progress: Callable[[float], None] | None = None,
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

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    UserError
        If `field_to_scene` flattens the field.
    """
    device = field.low.device
    origins, directions = _scene_rays(camera)
    if field_to_scene is not None:
        if abs(np.linalg.det(field_to_scene[:3, :3])) < 1e-18:
            raise UserError("The field object is scaled to nothing.", "Give it a scale other than zero.")
        back = np.linalg.inv(field_to_scene)
        origins = origins @ back[:3, :3].T + back[:3, 3]
        directions = directions @ back[:3, :3].T
    samples = _SAMPLES[quality]
    chunk = max(_POINTS_AT_ONCE // samples, 1)
    box = (
        None
        if crop is None
        else (
            torch.tensor(crop[0], dtype=torch.float32, device=device),
            torch.tensor(crop[1], dtype=torch.float32, device=device),
        )
    )
    time = field.normalised_time(shot_frame)
    parts = []
    for first in range(0, len(origins), chunk):
        if should_stop is not None and should_stop():
            raise Cancelled
        origin = torch.as_tensor(origins[first : first + chunk], dtype=torch.float32, device=device)
        direction = torch.as_tensor(directions[first : first + chunk], dtype=torch.float32, device=device)
        start, end = ray_spans(field, origin, direction)
        spans = start.clamp(min=camera.near), end.clamp(max=camera.far)
        with torch.no_grad():
            seen = march(field, origin, direction, torch.full_like(start, time), spans, samples, False, box)
        parts.append(torch.cat([seen.colour, seen.alpha[:, None], seen.depth[:, None]], dim=-1).cpu().numpy())
        if progress is not None:
            progress(min(first + chunk, len(origins)) / len(origins))
    picture = np.concatenate(parts).reshape(camera.height, camera.width, 5)
    alpha = np.clip(picture[..., 3:4], 0, 1)
    straight = picture[..., :3] / np.maximum(alpha, 1e-6)
    linear = srgb_to_linear(np.clip(straight, 0, 1)) * alpha * np.float32(2.0**exposure)
    depth = np.where(alpha[..., 0] >= 0.5, picture[..., 4], np.float32(EMPTY_DEPTH)).astype(np.float32)
    return RenderedFrame(np.concatenate([linear, alpha], axis=-1).astype(np.float32), depth)


def _scene_rays(camera: Camera) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Origins and directions (H * W, 3) in scene space; the ray parameter is planar depth."""
    pose = camera.camera_to_world
    if camera.projection is Projection.ORTHOGRAPHIC:
        y, x = np.mgrid[: camera.height, : camera.width] + 0.5
        local = np.stack([(x - camera.cx) / camera.fx, -(y - camera.cy) / camera.fy, np.zeros_like(x)], -1).reshape(
            -1, 3
        )
        return local @ pose[:3, :3].T + pose[:3, 3], np.broadcast_to(-pose[:3, 2], local.shape).copy()
    directions = ray_directions(camera).reshape(-1, 3).astype(np.float64) @ pose[:3, :3].T
    return np.broadcast_to(pose[:3, 3], directions.shape).copy(), directions
