"""Volumes: the field as voxels."""

from __future__ import annotations

from ..contract.messages import VolumeRequest
from ..contract.volume_file import write_blocks
from .task import Task


def make_volume(task: Task[VolumeRequest]) -> None:
    """What a Volume object shows of an instant."""
    from ..render.voxels import around, voxelise

    cameras = task.cameras()
    views = around(task.field) if cameras is None else cameras.matrices[:, :3, 3]
    blocks = voxelise(task.field, task.request, views, task.should_stop, task.progress("volume"))
    task.demand_wanted()
    write_blocks(task.path, blocks)
