"""Stand-ins: meshes with the captured light, for where a field is small."""

from __future__ import annotations

from ..contract.mesh_file import mesh_receipt
from ..contract.messages import StandInRequest
from .task import Task


def make_stand_in(task: Task[StandInRequest]) -> None:
    """The mesh that stands in for the field at an instant, as PLY."""
    from ..render.mesh_file import write_stand_in
    from ..render.stand_in import stand_in_mesh

    mesh = stand_in_mesh(task.field, task.request, task.cameras(), task.should_stop)
    task.demand_wanted()
    write_stand_in(task.path, mesh, mesh_receipt(task.request))
