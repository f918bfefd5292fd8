"""The footage as one pool of rays: 8-bit colour in memory, rays made when they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..contract.errors import Cancelled, UserError
from ..footage.lens import ray_directions
from ..footage.pixels import load_mask, load_pixels
from ..footage.shot import Shot

HELD_OUT = 4096
"""Rays that are never trained on and judge the bake while it runs."""


@dataclass(frozen=True)
class Drawn:
    """Rays in capture space with the colour the footage saw: (R, 3), (R, 3), (R,) in [0, 1], (R, 4) straight."""

    origins: Tensor
    directions: Tensor
    times: Tensor
    rgba: Tensor


class PixelPool:
    """All usable pixels of a shot.

    Raises
    ------
    UserError
        If a picture cannot be read or masks leave nothing to learn from.
    """

    def __init__(self, shot: Shot, device: torch.device, seed: int, should_stop: Callable[[], bool]) -> None:
        colours, directions, owners, used = [], [], [], []
        cache: dict[tuple[object, ...], np.ndarray] = {}
        for number, frame in enumerate(shot.frames):
            if should_stop():
                raise Cancelled
            camera = frame.camera
            key = (camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy, camera.lens)
            if key not in cache:
                cache = {key: ray_directions(camera).reshape(-1, 3).astype(np.float32)}
                directions.append(cache[key])
            mask = load_mask(frame)
            use = np.arange(camera.width * camera.height) if mask is None else np.flatnonzero(mask)
            pixels = (load_pixels(frame) * 255 + 0.5).astype(np.uint8).reshape(-1, 4)
            colours.append(pixels[use])
            used.append(use)
            offset = sum(len(d) for d in directions[:-1])
            owners.append(np.stack([np.full(len(use), number), use + offset], axis=1).astype(np.int32))
        span = max(shot.last_frame - shot.first_frame, 1e-9)
        self._colours = torch.from_numpy(np.concatenate(colours)).to(device)
        self._owners = torch.from_numpy(np.concatenate(owners)).to(device)
        self._directions = torch.from_numpy(np.concatenate(directions)).to(device)
        poses = np.stack([frame.camera.camera_to_world for frame in shot.frames]).astype(np.float32)
        self._poses = torch.from_numpy(poses).to(device)
        times = [(frame.shot_frame - shot.first_frame) / span for frame in shot.frames]
        self._times = torch.tensor(times, dtype=torch.float32, device=device)
        held = min(HELD_OUT, len(self._colours) // 10)
        if held == 0:
            raise UserError("The masks leave no pixels to learn from.", "Check that white in a mask means: use.")
        order = torch.randperm(len(self._colours), generator=torch.Generator().manual_seed(seed)).to(device)
        self.held_out, self._trained = order[:held], order[held:]
        self._keys = self._owners[:, 0].long() << 32 | torch.from_numpy(np.concatenate(used)).to(device)

    def find(self, frame: Tensor, pixel: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers of pixels by frame and place in it, (N,) int64; and whether each may be trained on, (N,) bool."""
        wanted = frame << 32 | pixel
        index = torch.searchsorted(self._keys, wanted).clamp(max=len(self._keys) - 1)
        kept = torch.zeros(len(self._keys), dtype=torch.bool, device=self._keys.device)
        kept[self._trained] = True
        return index, kept[index] & (self._keys[index] == wanted)

    def draw(self, count: int) -> Tensor:
        """Random pixels to train on, by number."""
        return self._trained[torch.randint(len(self._trained), (count,), device=self._trained.device)]

    def rays(self, index: Tensor) -> Drawn:
        """The rays of pixels by number."""
        owner = self._owners[index].long()
        pose = self._poses[owner[:, 0]]
        directions = (pose[:, :3, :3] @ self._directions[owner[:, 1]][..., None])[..., 0]
        return Drawn(pose[:, :3, 3], directions, self._times[owner[:, 0]], self._colours[index].float() / 255)
