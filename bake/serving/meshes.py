"""Meshes of captured surfaces, which catch native light."""

from __future__ import annotations

from ..contract.mesh_file import mesh_receipt
from ..contract.messages import MeshRequest
from .task import Task


def make_mesh(task: Task[MeshRequest]) -> None:
    """The surfaces of an instant, as PLY."""
    from ..render.mesh_file import write_mesh
    from ..render.surface import surface_mesh

    request = task.request
    mesh = surface_mesh(task.field, request.shot_frame, request.detail, request.crop, task.cameras(), task.should_stop)
    task.demand_wanted()
    write_mesh(task.path, mesh, mesh_receipt(request))
