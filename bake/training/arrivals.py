"""What adapting holds of footage that has arrived: pixels of each instant, in bounded memory, and their rays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from ..footage.shot import Frame
from .frame_pixels import Choice, Pixels, kind_of, read_frame
from .pixels import Drawn

_PIXELS = 2**18
"""Of one instant, all cameras together, that are learnt from; of more, some are left out at random."""
_HELD_OUT = 512
"""Of one instant that are never learnt from, and judge."""


@dataclass(frozen=True)
class Arrival:
    """Pixels of one instant, all its cameras together.

    shot_frame : float.
    colours : (N, 4) float32 in [0, 1], straight, as encoded; directions : (N, 2) float32, x and y in camera space where
    z is -1; owner : (N,) int64, the camera of each, of which poses : (C, 3, 4) float32, camera to world, are known.
    """

    shot_frame: float
    colours: Tensor
    directions: Tensor
    owner: Tensor
    poses: Tensor

    def rays(self, index: Tensor, time: float) -> Drawn:
        """Rays of pixels by number, at an instant in the field's measure of time."""
        owner = self.owner[index]
        pose, across = self.poses[owner], self.directions[index]
        local = torch.cat([across, torch.full_like(across[:, :1], -1.0)], dim=1)
        directions = (pose[:, :, :3] @ local[..., None])[..., 0]
        times = torch.full_like(across[:, 0], time)
        return Drawn(pose[:, :, 3], directions, times, self.colours[index], owner, index)

    def any_rays(self, count: int, time: float) -> Drawn:
        """Random ones, all pixels equally likely."""
        return self.rays(torch.randint(len(self.owner), (count,), device=self.owner.device), time)


def read_arrival(frames: Sequence[Frame], seed: int, device: torch.device) -> tuple[Arrival, Arrival]:
    """Read what all cameras saw at one instant: pixels to learn from, and pixels to judge by.

    Raises
    ------
    UserError
        If a picture or mask cannot be read.
    """
    total = sum(frame.camera.width * frame.camera.height for frame in frames)
    held_out = max(_HELD_OUT // len(frames), 16)
    trained, judged = [], []
    for number, frame in enumerate(frames):
        order = (seed, round(frame.shot_frame * 1000) & 0xFFFFFFFF, number)
        choice = Choice(order, min(_PIXELS / total, 1.0), held_out, np.zeros(0, np.int64), False)
        read = read_frame(frame, choice, 0)
        trained.append(read.staying if choice.share >= 1 else read.passing)
        judged.append(read.held_out)
    return _arrival(frames, trained, device), _arrival(frames, judged, device)


def joined(parts: Sequence[Drawn]) -> Drawn:
    """Rays of several arrivals as one."""
    return Drawn(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Drawn)))


def at_time(rays: Drawn, time: float) -> Drawn:
    """The same rays at another instant."""
    return replace(rays, times=torch.full_like(rays.times, time))


def _arrival(frames: Sequence[Frame], pixels: Sequence[Pixels], device: torch.device) -> Arrival:
    largest = np.iinfo(kind_of(frames[0].picture.colour.encoding)).max
    colours = np.concatenate([own.colours for own in pixels]).astype(np.float32) / largest
    owner = np.repeat(np.arange(len(pixels)), [len(own) for own in pixels])
    poses = np.stack([frame.camera.camera_to_world[:3] for frame in frames]).astype(np.float32)
    there = (
        torch.from_numpy(values).to(device)
        for values in (colours, np.concatenate([own.directions for own in pixels]), owner, poses)
    )
    return Arrival(frames[0].shot_frame, *there)
