"""What the footage's cameras see of a field at an instant, fused on a grid.

Source: B. Curless and M. Levoy, A volumetric method for building complex models from range images, SIGGRAPH 1996:
truncated signed distances along lines of sight, averaged. What no camera has looked at counts as empty.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..contract.camera import Camera
from ..contract.field_file import FootageCameras
from ..contract.messages import Quality
from ..contract.plate import EMPTY_DEPTH
from ..field.model import Field
from .frame import RenderedFrame, render_frame
from .view import Corner

_VIEWS = 16
"""Cameras that are asked, evenly spread over the footage's."""
_PIXELS = 96
"""Of a view's longer side."""
_TRUNCATED = 3.0
"""Voxels behind a surface that still count as seen."""
_SOLID = 0.5
"""Alpha below which a line of sight counts as free."""


def fused_views(
    field: Field,
    cameras: FootageCameras,
    shot_frame: float,
    crop: tuple[Corner, Corner] | None,
    points: Tensor,
    edge: float,
    should_stop: Callable[[], bool],
) -> Tensor:
    """How far inside what is seen points lie: (N,) from 0 to 1, with the surface at a half.

    Parameters
    ----------
    points : (N, 3) float32
        Middles of voxels, capture space.
    edge : float
        Of a voxel.

    Raises
    ------
    Cancelled
        If `should_stop` says so.
    """
    reach = _TRUNCATED * edge
    total, seen = torch.zeros(len(points), device=points.device), torch.zeros(len(points), device=points.device)
    for number in np.unique(np.linspace(0, len(cameras.matrices) - 1, _VIEWS).round().astype(int)):
        camera = _camera(field, cameras, int(number))
        frame = render_frame(field, camera, shot_frame, quality=Quality.PREVIEW, crop=crop, should_stop=should_stop)
        before = _before_surface(camera, _depth(frame), points)
        known = before > -reach
        total += torch.where(known, (before / reach).clamp(-1, 1), 0)
        seen += known
    return torch.where(seen > 0, 0.5 - 0.5 * total / seen.clamp(min=1), 0)


def _camera(field: Field, cameras: FootageCameras, number: int) -> Camera:
    width, height, fx, fy, cx, cy = cameras.intrinsics[number]
    matrix = tuple(float(value) for value in cameras.matrices[number].ravel())
    camera = Camera(int(width), int(height), fx, fy, cx, cy, matrix, near=field.config.near)
    return camera.no_larger(_PIXELS)


def _depth(frame: RenderedFrame) -> NDArray[np.float32]:
    """(H, W) planar depth, far away where a line of sight is free."""
    return np.where(frame.rgba[..., 3] < _SOLID, np.float32(EMPTY_DEPTH), frame.depth)


def _before_surface(camera: Camera, depth: NDArray[np.float32], points: Tensor) -> Tensor:
    """(N,) how far points lie before the surface in their line of sight, along the camera's axis; -inf out of sight."""
    pose = torch.as_tensor(camera.camera_to_world, dtype=torch.float32, device=points.device)
    local = (points - pose[:3, 3]) @ pose[:3, :3]
    ahead = -local[:, 2]
    divisor = ahead.clamp(min=1e-6)
    column = (camera.cx + camera.fx * local[:, 0] / divisor).floor().long()
    row = (camera.cy - camera.fy * local[:, 1] / divisor).floor().long()
    within = (ahead > camera.near) & (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
    found = torch.as_tensor(depth, device=points.device)[
        row.clamp(0, camera.height - 1), column.clamp(0, camera.width - 1)
    ]
    return torch.where(within, found - ahead, float("-inf"))
