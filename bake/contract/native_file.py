"""Files in which Blender hands the worker the native surfaces of a frame, so that a field can be split at them.

They live as previews do: in a folder that Blender names and the worker empties when Blender is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .array_file import read_arrays, write_arrays
from .errors import UserError

SUFFIX = ".native.npz"


@dataclass(frozen=True, eq=False)
class NativeMeshes:
    """Triangle meshes, each held once, and where they stand.

    vertices : (V, 3) float32, of all meshes one after the other, in each mesh's own space.
    triangles : (T, 3) int32, numbers of vertices within the triangle's mesh.
    vertex_counts, triangle_counts : (M,) int64, how many belong to each mesh.
    meshes : (I,) int64, which mesh stands there.
    matrices : (I, 4, 4) float64, mesh to scene.
    """

    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    vertex_counts: NDArray[np.int64]
    triangle_counts: NDArray[np.int64]
    meshes: NDArray[np.int64]
    matrices: NDArray[np.float64]

    @property
    def content(self) -> str:
        """A fingerprint: the same meshes at the same places give the same."""
        found = hashlib.sha256()
        for one in fields(self):
            array = np.ascontiguousarray(getattr(self, one.name))
            found.update(f"{one.name} {array.shape}".encode())
            found.update(array.data)
        return found.hexdigest()[:32]


def gathered(
    meshes: Sequence[tuple[NDArray[np.float32], NDArray[np.int32]]], places: Sequence[tuple[int, NDArray[np.float64]]]
) -> NativeMeshes:
    """Meshes as (vertices, triangles), and places as (number of a mesh, matrix), in one."""
    return NativeMeshes(
        np.concatenate([np.zeros((0, 3), np.float32), *(vertices for vertices, _ in meshes)]),
        np.concatenate([np.zeros((0, 3), np.int32), *(triangles for _, triangles in meshes)]),
        np.array([len(vertices) for vertices, _ in meshes], np.int64),
        np.array([len(triangles) for _, triangles in meshes], np.int64),
        np.array([number for number, _ in places], np.int64),
        np.array([matrix for _, matrix in places], np.float64).reshape(-1, 4, 4),
    )


def write_native(path: Path, meshes: NativeMeshes) -> None:
    """Write a file of native surfaces.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    write_arrays(path, vars(meshes))


def read_native(path: Path) -> NativeMeshes:
    """Read a file of native surfaces.

    Raises
    ------
    UserError
        If it is missing or damaged.
    """
    try:
        return NativeMeshes(**read_arrays(path))
    except (ValueError, TypeError) as error:
        raise UserError(f"The native surfaces in {path} cannot be read: {error}.", "Render again.") from error
