"""Meshes on disk: PLY, which Blender reads by itself, through geometry nodes as well. They are sealed as plates are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract.errors import UserError
from ..contract.files import written_aside
from ..contract.mesh_file import read_head, receipt_lines
from ..contract.plate import seal
from ..contract.stand_in import LIGHT
from .stand_in import StandIn
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
{properties}
element face {triangles}
property list uchar int vertex_indices
end_header
"""
_PAINT = "\n".join(f"property uchar {name}" for name in ("red", "green", "blue", "alpha"))
_SHINE = "\n".join(f"property float {name}" for name in LIGHT)

_PAINTED = np.dtype([("at", "<f4", 3), ("colour", "u1", 4)])
_SHINING = np.dtype([("at", "<f4", 3), ("light", "<f4", 3)])
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
    points = np.zeros(len(mesh.points), _PAINTED)
    points["at"], points["colour"][:, :3], points["colour"][:, 3] = mesh.points, mesh.colours, 255
    _write(path, points, _PAINT, mesh.triangles, receipt)


def write_stand_in(path: Path, mesh: StandIn, receipt: Mapping[str, str]) -> None:
    """Write a stand-in; all else as `write_mesh`. Blender takes attributes of names that are ours for plain numbers."""
    points = np.zeros(len(mesh.points), _SHINING)
    points["at"], points["light"] = mesh.points, mesh.light
    _write(path, points, _SHINE, mesh.triangles, receipt)


def read_mesh(path: Path) -> Mesh:
    """Read what `write_mesh` wrote.

    Raises
    ------
    UserError
        If it cannot be read or is another mesh than ours.
    """
    points, triangles = _read(path, _PAINTED)
    return Mesh(points["at"], points["colour"][:, :3], triangles)


def read_stand_in(path: Path) -> StandIn:
    """Read what `write_stand_in` wrote; raises as `read_mesh`."""
    points, triangles = _read(path, _SHINING)
    return StandIn(points["at"], points["light"], triangles)


def _write(
    path: Path, points: NDArray[Any], properties: str, corners: NDArray[np.int32], receipt: Mapping[str, str]
) -> None:
    triangles = np.zeros(len(corners), _TRIANGLE)
    triangles["count"], triangles["corners"] = 3, corners
    counts = {"points": len(points), "triangles": len(triangles)}
    header = _HEADER.format(receipt=receipt_lines(receipt), properties=properties, **counts).encode()
    with written_aside(path) as aside:
        aside.write_bytes(header + points.tobytes() + triangles.tobytes())
        seal(aside)


def _read(path: Path, kind: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Points, and corners (T, 3) of the triangles."""
    head = read_head(path)
    counts = re.findall(rb"^element (?:vertex|face) (\d+)$", head, re.MULTILINE)
    try:
        few, many = (int(count) for count in counts)
        with path.open("rb") as stream:
            stream.seek(len(head))
            points = np.frombuffer(stream.read(few * kind.itemsize), kind, few)
            triangles = np.frombuffer(stream.read(many * _TRIANGLE.itemsize), _TRIANGLE, many)
    except (OSError, ValueError) as error:
        raise UserError(f"The mesh {path} cannot be read: {error}.", "Make it again.") from error
    return points, triangles["corners"]
