"""Meshes on disk: PLY, which Blender reads by itself, through geometry nodes as well. They are sealed as plates are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..contract.errors import UserError
from ..contract.files import written_aside
from ..contract.mesh_file import read_head, receipt_lines
from ..contract.plate import seal
from .surface import Mesh

_HEADER = """\
ply
format binary_little_endian 1.0
comment SpaceTimePilot, capture space
{receipt}\
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


_POINT = np.dtype([("at", "<f4", 3), ("colour", "u1", 4)])
_TRIANGLE = np.dtype([("count", "u1"), ("corners", "<i4", 3)])


def write_mesh(path: Path, mesh: Mesh, receipt: Mapping[str, str]) -> None:
    """Write a mesh, aside and then renamed. Blender takes the colours of PLY for encoded ones, as these are.

    Parameters
    ----------
    receipt : mapping of str to str
        What it says of itself, as `contract.mesh_file` has it.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    points = np.zeros(len(mesh.points), _POINT)
    points["at"], points["colour"][:, :3], points["colour"][:, 3] = mesh.points, mesh.colours, 255
    triangles = np.zeros(len(mesh.triangles), _TRIANGLE)
    triangles["count"], triangles["corners"] = 3, mesh.triangles
    header = _HEADER.format(receipt=receipt_lines(receipt), points=len(points), triangles=len(triangles)).encode()
    with written_aside(path) as aside:
        aside.write_bytes(header + points.tobytes() + triangles.tobytes())
        seal(aside)


def read_mesh(path: Path) -> Mesh:
    """Read what `write_mesh` wrote.

    Raises
    ------
    UserError
        If it cannot be read or is another mesh than ours.
    """
    head = read_head(path)
    counts = re.findall(rb"^element (?:vertex|face) (\d+)$", head, re.MULTILINE)
    try:
        few, many = (int(count) for count in counts)
        with path.open("rb") as stream:
            stream.seek(len(head))
            points = np.frombuffer(stream.read(few * _POINT.itemsize), _POINT, few)
            triangles = np.frombuffer(stream.read(many * _TRIANGLE.itemsize), _TRIANGLE, many)
    except (OSError, ValueError) as error:
        raise UserError(f"The mesh {path} cannot be read: {error}.", "Make it again.") from error
    return Mesh(points["at"], points["colour"][:, :3], triangles["corners"])
