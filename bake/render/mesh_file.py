"""Meshes on disk: PLY, which Blender reads by itself, through geometry nodes as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..contract.files import written_aside
from .surface import Mesh

_HEADER = """\
ply
format binary_little_endian 1.0
comment SpaceTimePilot, capture space
element vertex {points}
property float x
property float y
property float z
property uchar red
property uchar green
property uchar blue
property uchar alpha
element face {triangles}
property list uchar int vertex_indices
end_header
"""


def write_mesh(path: Path, mesh: Mesh) -> None:
    """Write a mesh, aside and then renamed. Blender takes the colours of PLY for encoded ones, as these are.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    points = np.zeros(len(mesh.points), dtype=[("at", "<f4", 3), ("colour", "u1", 4)])
    points["at"], points["colour"][:, :3], points["colour"][:, 3] = mesh.points, mesh.colours, 255
    triangles = np.zeros(len(mesh.triangles), dtype=[("count", "u1"), ("corners", "<i4", 3)])
    triangles["count"], triangles["corners"] = 3, mesh.triangles
    header = _HEADER.format(points=len(points), triangles=len(triangles)).encode()
    with written_aside(path) as aside:
        aside.write_bytes(header + points.tobytes() + triangles.tobytes())
