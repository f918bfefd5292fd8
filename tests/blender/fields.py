"""Field files of known content, written through the worker's own code."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from bake.contract.field_file import FieldHeader, FootageCameras
from bake.field.model import Field, FieldConfig
from bake.field.storage import save_field
from tests.footage.making import look_at

LAST_FRAME = 9.0


def write_box_field(
    path: Path, half: float = 1.0, seed: int = 0, stops: float = 0.0, cameras: FootageCameras | None = None
) -> FieldHeader:
    """A box from -half to half, solid everywhere; its colours are random, and other ones at every instant.

    Where `stops` are given, frames before the middle are filmed that much darker, those after it brighter.
    """
    torch.manual_seed(seed)
    low, high = (-half,) * 3, (half,) * 3
    config = FieldConfig(low, high, False, 0.0, LAST_FRAME, 0.1, 50.0, log2_entries=8, planes=(4,), plane_times=(2,))
    frames = torch.arange(LAST_FRAME + 1)
    if stops:
        config = replace(config, pictures=len(frames), light_width=1)
    field = Field(config)
    if field.exposures is not None:
        exposed = stops * (frames - frames.mean()).sign()
        field.exposures.describe(torch.zeros(len(frames), 1), exposed, frames.double(), torch.zeros(len(frames)))
    with torch.no_grad():
        for codes in field.lattice.parameters():
            codes.normal_()
        field.decoder.geometry[2].weight[0].zero_()
        field.decoder.geometry[2].bias[0] = 8.0
        for layer in (field.decoder.geometry[0], field.decoder.colour[0], field.decoder.colour[2]):
            layer.weight.normal_(std=0.4)
    header = FieldHeader("box", 24.0, 0.0, LAST_FRAME, 10, (low, high), False)
    return save_field(path, field, header, _tensors(cameras) if cameras is not None else {})


def filmed_from(azimuths: list[float], shot_frames: list[float], distance: float = 4.0) -> FootageCameras:
    """Cameras on a level circle around the origin, at azimuths in degrees and shot frames, that all look at it."""
    angles = np.radians(azimuths)
    poses = [look_at((distance * math.cos(angle), distance * math.sin(angle), 0.0)) for angle in angles]
    lens = np.tile([64.0, 48.0, 70.0, 70.0, 32.0, 24.0], (len(poses), 1))
    return FootageCameras(np.stack(poses), lens, np.array(shot_frames))


def _tensors(cameras: FootageCameras) -> dict[str, torch.Tensor]:
    return {
        "cameras.matrix": torch.from_numpy(cameras.matrices.reshape(-1, 16)).contiguous(),
        "cameras.intrinsics": torch.from_numpy(cameras.intrinsics).contiguous(),
        "cameras.shot_frame": torch.from_numpy(cameras.shot_frames).contiguous(),
    }
