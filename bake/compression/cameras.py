"""Rays of the cameras that a field keeps, at the instants of the footage and between them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..contract.field_file import FootageCameras
from ..field.model import Field

_OWN_TIME = 0.5
"""Share of the rays that are cast when their camera filmed; the others at any instant of the shot."""


class KeptCameras:
    """The footage's cameras as tensors.

    Parameters
    ----------
    field : Field
        Whose time the rays count in.
    cameras : FootageCameras
        Capture space.
    """

    def __init__(self, field: Field, cameras: FootageCameras) -> None:
        self._device = field.low.device
        self._poses, self._intrinsics = (
            torch.from_numpy(values.astype(np.float32)).to(self._device)
            for values in (cameras.matrices, cameras.intrinsics)
        )
        times = [field.normalised_time(frame) for frame in cameras.shot_frames.tolist()]
        self._times = torch.tensor(times, dtype=torch.float32, device=self._device)
        self._between = 1 / max(len(np.unique(cameras.shot_frames)) - 1, 1)

    @property
    def pixels(self) -> int:
        """Of all pictures together."""
        return int(self._intrinsics[:, :2].prod(dim=1).sum())

    def __len__(self) -> int:
        return len(self._poses)

    def rays(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Random rays, half of them about when their camera filmed: origins, directions (R, 3), instants (R,)."""
        camera = torch.randint(len(self), (count,), device=self._device)
        near = self._times[camera] + (torch.rand(count, device=self._device) - 0.5) * 2 * self._between
        anywhen = torch.rand(count, device=self._device)
        times = torch.where(torch.rand(count, device=self._device) < _OWN_TIME, near.clamp(0, 1), anywhen)
        return *self.through(camera), times

    def through(self, camera: Tensor) -> tuple[Tensor, Tensor]:
        """Rays through random places of the pictures of cameras (R,) int64: origins and directions (R, 3)."""
        width, height, fx, fy, cx, cy = self._intrinsics[camera].unbind(-1)
        x, y = torch.rand(2, len(camera), device=self._device)
        local = torch.stack([(x * width - cx) / fx, (cy - y * height) / fy, -torch.ones_like(x)], dim=-1)
        poses = self._poses[camera]
        return poses[:, :3, 3], (poses[:, :3, :3] @ local[..., None])[..., 0]
